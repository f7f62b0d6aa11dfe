import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { documentImport } from '../../src/domain/documents/import-document.js';
import type { JobTask } from '../../src/domain/jobs/job-task.js';

it('leaves no file open where its owner cannot be read', async () => {
  const opened: Readable[] = [];
  const lost = new AppError('SERVICE_UNAVAILABLE', 'The database is away.');
  const needs = {
    uploads: { find: () => Promise.resolve({ key: 'uploads/a', mediaType: 'text/plain' }) },
    blobs: {
      read: () => {
        const content = Readable.from(['content']);
        opened.push(content);
        return Promise.resolve(content);
      },
    },
    users: { find: () => Promise.reject(lost) },
  } as unknown as Parameters<typeof documentImport>[0];
  const task = { input: { uploadId: 'upl_a' }, job: { ownerId: 'usr_a' } } as unknown as JobTask<'IMPORT_DOCUMENT'>;

  await expect(documentImport(needs).run(task)).rejects.toBe(lost);

  expect(opened.filter(({ destroyed }) => !destroyed)).toEqual([]);
});
