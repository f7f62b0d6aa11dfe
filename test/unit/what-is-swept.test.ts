import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { silentLog, type Log } from '../../src/base/log.js';
import { forgetJobs } from '../../src/domain/jobs/forget-jobs.js';
import type { JobFile } from '../../src/domain/jobs/job.js';
import type { Upload } from '../../src/domain/uploads/upload.js';
import { createUpload, sweepUploads } from '../../src/domain/uploads/uploads.js';
import { FolderBlobStore } from '../../src/infra/embedded/folder-blob-store.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoJobStore } from '../../src/infra/mongo/mongo-job-store.js';
import { MongoUploadStore } from '../../src/infra/mongo/mongo-upload-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { waitingJob } from '../kit/jobs.js';

const HOUR_MS = 3_600_000;

let documents: Documents;
let dir: string;
let now: Date;
const clock = { now: () => now };
beforeAll(async () => {
  documents = await openDocuments();
  dir = await mkdtemp(join(tmpdir(), 'tomato-jobs-'));
});
afterAll(async () => {
  await documents.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  now = new Date('2026-01-01T00:00:00Z');
});

async function openNeeds() {
  const jobs = new MongoJobStore(documents.connection);
  const uploads = new MongoUploadStore(documents.connection);
  await createIndexes(documents.connection);
  await documents.connection.collection('jobs').deleteMany({});
  const blobs = await FolderBlobStore.open({
    dir,
    addressKey: Buffer.alloc(32),
    publicUrl: null,
    clock,
    log: silentLog,
  });
  return { jobs, uploads, blobs, log: silentLog, clock };
}

/** A job that has made a file of this key, and ended then. */
async function endedJob({ jobs }: { jobs: MongoJobStore }, key: string, finishedAt: Date): Promise<string> {
  const job = waitingJob({ createdAt: finishedAt });
  await jobs.insert(job, 1);
  const { fence } = (await jobs.claim({ holder: 'here', until: now }, now, []))!;
  const file: JobFile = { key, fileName: 'a', mediaType: 'text/plain', bytes: 1, until: now };
  await jobs.finish(job.id, fence, { status: 'SUCCEEDED', error: null, file, finishedAt });
  return job.id;
}

it('deletes uploads after a day, with their objects', async () => {
  const needs = await openNeeds();
  const settings = { uploads: { maxBytes: 10, maxBytesPerUser: 100 } };
  const viewer = { id: newId('usr'), role: 'DEVELOPER' } as const;
  const file = { fileName: 'a.txt', mediaType: 'text/plain', bytes: 1, purpose: 'DOCUMENT' } as const;
  const upload = async () => {
    const { id } = await createUpload({ ...needs, newId, settings: settings as never }, viewer, file);
    const { key } = (await needs.uploads.find(id))!;
    await needs.blobs.put(key, Readable.from([Buffer.from('x')]), { mediaType: 'text/plain', maxBytes: 1 });
    return { id, key };
  };
  const old = await upload();
  now = new Date(now.getTime() + 20 * HOUR_MS);
  const young = await upload();
  now = new Date(now.getTime() + 5 * HOUR_MS);

  await sweepUploads(needs);

  const left = await Promise.all(
    [old, young].map(async ({ id, key }) => [await needs.uploads.find(id), await needs.blobs.stat(key)]),
  );
  expect(left).toEqual([
    [null, null],
    [expect.objectContaining(young), { bytes: 1, mediaType: 'text/plain' }],
  ]);
});

it('deletes all but what cannot be deleted, however much that is', async () => {
  const needs = await openNeeds();
  const old = new Date(now.getTime() - 80 * HOUR_MS);
  const waiting = Array.from({ length: 51 }, (_, place): Upload => ({
    id: newId('upl'),
    ownerId: newId('usr'),
    purpose: 'DOCUMENT',
    fileName: 'a',
    mediaType: 'text/plain',
    bytes: 1,
    key: place < 50 ? 'torn' : 'whole',
    jobId: null,
    createdAt: new Date(old.getTime() + place),
  }));
  for (const upload of waiting) await needs.uploads.insert(upload, { files: 100, bytes: 100 });
  const jobIds: string[] = [];
  for (const { key, createdAt } of waiting) jobIds.push(await endedJob(needs, key, createdAt));
  vi.spyOn(needs.blobs, 'delete').mockImplementation((key) =>
    key === 'torn' ? Promise.reject(new Error('a folder is in its place')) : Promise.resolve(),
  );
  const complaints = vi.fn<Log['error']>();
  const told = { ...needs, log: { ...silentLog, error: complaints } };

  await sweepUploads(told);
  await forgetJobs(told);

  const [lastUpload, lastJob] = [waiting.at(-1)!.id, jobIds.at(-1)!];
  expect([await needs.uploads.find(lastUpload), await needs.jobs.find(lastJob)]).toEqual([null, null]);
  expect(complaints).toHaveBeenCalledTimes(100);
});

it('deletes jobs three days after their end, with the files that they have made', async () => {
  const needs = await openNeeds();
  const key = 'exports/a/file';
  await needs.blobs.put(key, Buffer.from('x'), { mediaType: 'text/plain', maxBytes: 1 });
  const ended = now;
  const id = await endedJob(needs, key, ended);

  now = new Date(ended.getTime() + 71 * HOUR_MS);
  await forgetJobs(needs);
  expect(await needs.jobs.find(id)).not.toBeNull();
  now = new Date(ended.getTime() + 73 * HOUR_MS);
  await forgetJobs(needs);

  expect([await needs.jobs.find(id), await needs.blobs.stat(key)]).toEqual([null, null]);
});
