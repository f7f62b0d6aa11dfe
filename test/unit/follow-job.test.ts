import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { followJob } from '../../src/domain/jobs/jobs.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoJobStore } from '../../src/infra/mongo/mongo-job-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { waitingJob } from '../kit/jobs.js';

let documents: Documents;
beforeAll(async () => {
  documents = await openDocuments();
  await createIndexes(documents.connection);
});
afterAll(() => documents.close());

it('shows a job once for each change, however often it is rung for, and listens no longer once its follower has left', async () => {
  const needs = { jobs: new MongoJobStore(documents.connection), bell: new MemoryBell() };
  const job = waitingJob({ createdAt: new Date() });
  await needs.jobs.insert(job, 1);
  const unlisten = vi.fn<() => void>();
  vi.spyOn(needs.bell, 'listen').mockImplementation((_topic, onRing) => {
    setImmediate(onRing);
    return unlisten;
  });
  const find = vi.spyOn(needs.jobs, 'find');
  const leaving = new AbortController();

  const shown = followJob(needs, { id: job.ownerId, role: 'DEVELOPER' }, job.id, leaving.signal);
  expect((await shown.next()).value).toMatchObject({ id: job.id });
  const second = shown.next();
  await vi.waitFor(() => expect(find).toHaveBeenCalledTimes(3));
  leaving.abort();

  expect(await second).toEqual({ done: true, value: undefined });
  expect(unlisten).toHaveBeenCalledOnce();
});
