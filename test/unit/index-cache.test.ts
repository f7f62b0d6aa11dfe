import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import { analyzerVersion } from '../../src/domain/archive/analysis/text-terms.js';
import { ArchiveIndex } from '../../src/domain/archive/archive-index.js';
import type { ArchiveStore } from '../../src/domain/archive/archive-store.js';
import { deleteArchiveEntries } from '../../src/domain/archive/entries.js';
import { IndexCache } from '../../src/domain/archive/index-cache.js';
import type { BlobStore } from '../../src/domain/blobs/blob-store.js';
import { MinioBlobStore } from '../../src/infra/minio/minio-blob-store.js';
import { openArchives, type ArchiveProcess, type Archives } from '../kit/archives.js';
import { describeOverS3 } from '../kit/minio-server.js';

/** As many as make an index worth keeping, and some more. */
const ENTRIES = 2_100;
const MINUTE = 60_000;

let archives: Archives;
let now = new Date('2026-03-01T00:00:00Z');
beforeAll(async () => {
  archives = await openArchives();
});
afterAll(() => archives.close());

let ada: { id: string; role: 'DEVELOPER'; sessionId: string };
beforeEach(() => {
  ada = { id: newId('usr'), role: 'DEVELOPER', sessionId: 'ses' };
});

/** A process that writes down what it asks of the archive; `blobs` may stand in for its blob store. */
function startProcess(blobs: (real: BlobStore) => BlobStore = (real) => real): ArchiveProcess & { asked: string[] } {
  const asked: string[] = [];
  const process = archives.start({
    override: (needs) => ({
      clock: { now: () => now },
      blobs: blobs(needs.blobs),
      archive: new Proxy(needs.archive, {
        get(target, name: keyof ArchiveStore) {
          asked.push(name);
          return target[name].bind(target);
        },
      }),
    }),
  });
  return { ...process, asked };
}

async function fill(process: ArchiveProcess, count = ENTRIES): Promise<void> {
  for (let at = 0; at < count; at += 100) {
    const texts = Array.from({ length: Math.min(100, count - at) }, (_, n) => ({
      title: `메모 ${at + n}`,
      content: `내용 ${at + n}`,
    }));
    await process.save(ada.id, ...texts);
  }
}

/** The object that is pointed at, as soon as it is there. */
const kept = (process: ArchiveProcess, except?: string) =>
  vi.waitFor(async () => {
    const object = await process.needs.indexObjects.find(ada.id);
    if (object === null || object.key === except) throw new Error('Nothing is kept yet.');
    return object;
  }, 20_000);

const titles = async (process: ArchiveProcess, query: string) =>
  (await process.search(ada.id, query)).map(({ entry }) => entry.title);

/** One whose every object is pointed at, with what was searched for. */
async function keptArchive(): Promise<{ here: ReturnType<typeof startProcess>; key: string }> {
  const here = startProcess();
  await fill(here);
  expect(await titles(here, '메모 77')).toContain('메모 77');
  return { here, key: (await kept(here)).key };
}

describe('a large index', () => {
  it('is read by another process instead of all tokens, with what has changed since', async () => {
    const { here } = await keptArchive();
    await here.save(ada.id, { title: '고양이' });
    const there = startProcess();

    expect(await titles(there, '고양이')).toEqual(['고양이']);
    expect((await titles(there, '메모 77'))[0]).toBe('메모 77');

    expect(there.asked).toContain('findTokens');
    expect(there.asked).not.toContain('listTokens');
  });

  it('does not show what was deleted since', async () => {
    const { here } = await keptArchive();
    const [hit] = await here.search(ada.id, '메모 77');
    await deleteArchiveEntries(here.needs, ada, [hit!.entry.id]);

    expect(await titles(startProcess(), '메모 77')).not.toContain('메모 77');
  });

  it.each<[string, (real: BlobStore, key: string) => BlobStore]>([
    ['missing', (real) => reading(real, () => Promise.resolve(null))],
    ['cut short', (real, key) => reading(real, async () => (await bytesOf(real, key)).subarray(0, -1))],
    ['too long', (real, key) => reading(real, async () => Buffer.concat([await bytesOf(real, key), Buffer.of(0)]))],
    ['damaged', (real, key) => reading(real, async () => randomBytes((await bytesOf(real, key)).length))],
    ['out of reach', (real) => reading(real, () => Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'Away.')))],
  ])('is built from tokens where its object is %s', async (_, broken) => {
    const { here, key } = await keptArchive();
    const there = startProcess((real) => broken(real, key));

    expect(await titles(there, '메모 77')).toContain('메모 77');

    expect(there.asked).toContain('listTokens');
    expect(await titles(here, '메모 77')).toContain('메모 77');
  });

  it('is written anew in the place of a damaged object', async () => {
    const { here, key } = await keptArchive();
    await here.needs.blobs.delete(key);

    await titles(startProcess(), '메모 77');

    const object = await kept(here, key);
    expect(await here.needs.blobs.stat(object.key)).toMatchObject({ bytes: object.bytes });
  });

  it('is searched although it cannot be kept', async () => {
    const here = startProcess((real) => instead(real, 'put', () => Promise.reject(new Error('The disk is full.'))));
    await fill(here);

    expect(await titles(here, '메모 77')).toContain('메모 77');
    expect(await titles(here, '메모 78')).toContain('메모 78');
  });

  it('is written anew after many changes, and what was kept before is deleted when nobody can be reading it', async () => {
    const { here, key } = await keptArchive();
    for (let change = 0; change < 50; change++) await here.save(ada.id, { title: `나중 ${change}` });
    await titles(here, '나중 49');
    const second = await kept(here, key);
    expect(await here.needs.blobs.stat(key)).not.toBeNull();

    now = new Date(now.getTime() + 11 * MINUTE);
    for (let change = 50; change < 100; change++) await here.save(ada.id, { title: `나중 ${change}` });
    await titles(here, '나중 99');
    await kept(here, second.key);

    await vi.waitFor(async () => expect(await here.needs.blobs.stat(key)).toBeNull(), 10_000);
    expect(await here.needs.blobs.stat(second.key)).not.toBeNull();
    expect((await titles(startProcess(), '나중 99'))[0]).toBe('나중 99');
  }, 60_000);

  it('has every entry where two processes write it at once', async () => {
    const [here, there] = [startProcess(), startProcess()];
    await fill(here);
    await Promise.all([
      here.save(ada.id, { title: '고양이 하나' }).then(() => titles(here, '고양이')),
      there.save(ada.id, { title: '고양이 둘' }).then(() => titles(there, '고양이')),
    ]);
    await kept(here);

    expect((await titles(startProcess(), '고양이')).toSorted()).toEqual(['고양이 둘', '고양이 하나']);
  });
});

it('a small index is not kept', async () => {
  const here = startProcess();
  await fill(here, 300);
  await titles(here, '메모 77');

  expect(await here.needs.indexObjects.find(ada.id)).toBeNull();
});

it('an index that has become small is not kept any longer, and its object is deleted when nobody can be reading it', async () => {
  const { needs } = startProcess();
  const cache = new IndexCache(needs);
  const key = `archive-indexes/${ada.id}/${newId('blob')}`;
  await needs.blobs.put(key, Buffer.from('index'), { mediaType: 'application/octet-stream', maxBytes: 5 });
  const object = { key, revision: 1, analyzerVersion: analyzerVersion(needs.morphemes), bytes: 5, sha256: '' };
  await needs.indexObjects.publish(ada.id, object, now);

  expect(await cache.keep(ada.id, new ArchiveIndex(), 2)).toBeNull();

  expect(await needs.indexObjects.find(ada.id)).toBeNull();
  expect(await needs.blobs.stat(key)).not.toBeNull();
  now = new Date(now.getTime() + 11 * MINUTE);
  await cache.keep(ada.id, new ArchiveIndex(), 3);
  expect(await needs.blobs.stat(key)).toBeNull();
  expect(await needs.indexObjects.listLoose(ada.id, now)).toEqual([]);
});

describeOverS3('a large index in a real S3', (s3) => {
  it('is read by another process', async () => {
    const store = await MinioBlobStore.connect({
      ...s3.account(),
      bucket: `tomato-${newId('blob').slice(5).toLowerCase()}`,
    });
    const here = startProcess(() => store);
    await fill(here);
    await titles(here, '메모 77');
    await kept(here);
    const there = startProcess(() => store);

    expect((await titles(there, '메모 77'))[0]).toBe('메모 77');
    expect(there.asked).not.toContain('listTokens');
  });
});

/** The store, but for one method. */
function instead<Name extends keyof BlobStore>(real: BlobStore, name: Name, method: BlobStore[Name]): BlobStore {
  return new Proxy(real, {
    get: (target, wanted: keyof BlobStore) => (wanted === name ? method : target[wanted].bind(target)),
  });
}

/** The store, but reading brings this. */
const reading = (real: BlobStore, content: () => Promise<Buffer | null>): BlobStore =>
  instead(real, 'read', async () => {
    const bytes = await content();
    return bytes && Readable.from([bytes]);
  });

const bytesOf = async (store: BlobStore, key: string): Promise<Buffer> => buffer((await store.read(key))!);
