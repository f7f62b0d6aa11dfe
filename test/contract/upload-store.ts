import { expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { Upload } from '../../src/domain/uploads/upload.js';
import type { UploadStore } from '../../src/domain/uploads/upload-store.js';

const AT = new Date('2026-11-02T03:04:05.678Z');

const uploadOf = (more: Partial<Upload> = {}): Upload => ({
  id: newId('upl'),
  ownerId: newId('usr'),
  purpose: 'DOCUMENT',
  fileName: '메모.txt',
  mediaType: 'text/plain',
  bytes: 10,
  key: 'uploads/a/b',
  jobId: null,
  createdAt: AT,
  ...more,
});

const mostOf = (bytes: number, files = 100) => ({ files, bytes });

/** What every UploadStore must do. @param open An empty one. */
export function describeUploadStore(open: () => Promise<UploadStore>): void {
  it('finds what was put in', async () => {
    const store = await open();
    const upload = uploadOf();

    expect(await store.insert(upload, mostOf(10))).toBe(true);

    expect(await store.find(upload.id)).toEqual(upload);
    expect(await store.find(newId('upl'))).toBeNull();
  });

  it('takes no more than there is room for, however many come at once', async () => {
    const store = await open();
    const ownerId = newId('usr');

    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => store.insert(uploadOf({ ownerId }), mostOf(25))),
    );

    const kept = await store.listCreatedBefore(new Date(AT.getTime() + 1), 100, []);
    expect(kept.length).toBe(outcomes.filter((isIn) => isIn).length);
    expect(kept.length).toBeLessThanOrEqual(2);
    expect(await store.insert(uploadOf(), mostOf(25))).toBe(true);
  });

  it('takes no more files than there may be, but for empty ones', async () => {
    const store = await open();
    const ownerId = newId('usr');
    const uploads = [uploadOf({ ownerId }), uploadOf({ ownerId }), uploadOf({ ownerId })] as const;
    await store.insert(uploads[0], mostOf(1_000, 2));
    await store.insert(uploads[1], mostOf(1_000, 2));

    expect(await store.insert(uploads[2], mostOf(1_000, 2))).toBe(false);
    await store.empty(uploads[0].id);
    expect(await store.insert(uploads[2], mostOf(1_000, 2))).toBe(true);
  });

  it('has room again once one is empty or gone', async () => {
    const store = await open();
    const [first, second] = [uploadOf({ ownerId: 'usr_1' }), uploadOf({ ownerId: 'usr_1' })];
    await store.insert(first, mostOf(20));
    await store.insert(second, mostOf(20));
    expect(await store.insert(uploadOf({ ownerId: 'usr_1' }), mostOf(20))).toBe(false);

    await store.empty(first.id);
    expect(await store.insert(uploadOf({ ownerId: 'usr_1' }), mostOf(20))).toBe(true);
    await store.delete(second.id);
    expect(await store.insert(uploadOf({ ownerId: 'usr_1' }), mostOf(20))).toBe(true);

    expect(await store.find(first.id)).toEqual({ ...first, bytes: 0 });
    expect(await store.find(second.id)).toBeNull();
  });

  it('gives an upload to one job', async () => {
    const store = await open();
    const upload = uploadOf();
    await store.insert(upload, mostOf(10));

    const takers = await Promise.all(['job_1', 'job_2', 'job_3'].map((job) => store.take(upload.id, job)));

    expect(new Set(takers).size).toBe(1);
    expect((await store.find(upload.id))?.jobId).toBe(takers[0]);
    expect(await store.take(newId('upl'), 'job_1')).toBeNull();
  });

  it('lists what is old, oldest first', async () => {
    const store = await open();
    const uploads = [3, 1, 2].map((minutes) => uploadOf({ createdAt: new Date(AT.getTime() - minutes * 60_000) }));
    for (const upload of uploads) await store.insert(upload, mostOf(10));

    const old = await store.listCreatedBefore(new Date(AT.getTime() - 90_000), 10, []);

    expect(old).toEqual([uploads[0], uploads[2]]);
    expect(await store.listCreatedBefore(AT, 1, [])).toEqual([uploads[0]]);
    expect(await store.listCreatedBefore(AT, 1, [uploads[0]!.id])).toEqual([uploads[2]]);
  });
}
