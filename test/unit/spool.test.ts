import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { spool } from '../../src/infra/minio/spool.js';

afterEach(() => vi.unstubAllEnvs());

it('names it an outage where no temporary file can be made, and lets go of the content', async () => {
  vi.stubEnv('TMPDIR', join(tmpdir(), 'not', 'there'));
  const content = Readable.from([Buffer.from('text')]);

  await expect(spool(content, 10)).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    details: { isRetryable: true },
  });
  expect(content.destroyed).toBe(true);
});
