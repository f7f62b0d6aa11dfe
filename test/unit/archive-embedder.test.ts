import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { deleteArchiveEntries, updateArchiveEntry } from '../../src/domain/archive/entries.js';
import { ArchiveEmbedder } from '../../src/domain/archive/vectors/archive-embedder.js';
import { ArchivePasses } from '../../src/domain/archive/vectors/archive-passes.js';
import type { OpenSpace } from '../../src/domain/archive/vectors/open-space.js';
import type { WantedSpace } from '../../src/domain/archive/vectors/wanted-space.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoArchiveVectorStore } from '../../src/infra/mongo/mongo-archive-vector-store.js';
import { openArchives, type ArchiveProcess, type Archives } from '../kit/archives.js';

let archives: Archives;
let here: ArchiveProcess;
let store: MongoArchiveVectorStore;
beforeAll(async () => {
  archives = await openArchives();
  here = archives.start();
  store = new MongoArchiveVectorStore(archives.documents.connection);
  await createIndexes(archives.documents.connection);
});
afterAll(() => archives.close());

const running: ArchiveEmbedder[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((embedder) => embedder.stop()));
});

let ada: { id: string; role: 'DEVELOPER' };
beforeEach(() => {
  ada = { id: newId('usr'), role: 'DEVELOPER' };
});

type Service = OpenSpace & { readonly texts: string[] };

/** A space that remembers what it was asked of the current user. */
function spaceOf(key: string, before: (texts: readonly string[]) => Promise<void> | void = () => undefined): Service {
  const texts: string[] = [];
  return {
    key,
    modelId: `mod_${key}`,
    texts,
    async embed(userId, asked) {
      if (userId === ada.id) await before(asked);
      if (userId === ada.id) texts.push(...asked);
      return asked.map(({ length }) => Float32Array.of(1, length));
    },
  };
}

function startEmbedder(
  space: OpenSpace | null,
  { aheadMs = 0, open = () => Promise.resolve(space) }: { aheadMs?: number; open?: WantedSpace['open'] } = {},
): ArchiveEmbedder {
  const needs = {
    archive: here.needs.archive,
    archiveVectors: store,
    clock: { now: () => new Date(Date.now() + aheadMs) },
    log: silentLog,
  };
  const embedder = new ArchiveEmbedder(needs, { open }, { isAlone: false });
  running.push(embedder);
  embedder.start();
  return embedder;
}

const isDone = async (key: string): Promise<void> => {
  await expect
    .poll(
      async () => {
        const [{ done }, { revision }] = [await store.readState(ada.id), await here.needs.archive.readState(ada.id)];
        return done?.space === key && done.revision === revision;
      },
      { timeout: 10_000 },
    )
    .toBe(true);
};

const versions = async (key: string) =>
  Object.fromEntries((await store.list(ada.id, key, 0, 100)).map(({ entryId, version }) => [entryId, version]));

describe('the embedder', () => {
  it('finds by itself at its start what lacks vectors', async () => {
    const [id] = await here.save(ada.id, { title: 'one', summary: 'sum', content: 'text' });
    const space = spaceOf('a');

    startEmbedder(space);
    await isDone('a');

    expect(space.texts).toEqual(['one\nsum\ntext']);
    expect(await versions('a')).toEqual({ [id!]: 1 });
  });

  it('gives vectors to what has changed only, and takes them from what was deleted', async () => {
    const space = spaceOf('a');
    const [kept, changed, gone] = await here.save(ada.id, { title: 'kept' }, { title: 'before' }, { title: 'gone' });
    const embedder = startEmbedder(space);
    await isDone('a');
    space.texts.length = 0;

    await updateArchiveEntry(here.needs, ada, { id: changed!, version: 1, title: 'after' });
    await deleteArchiveEntries(here.needs, ada, [gone!]);
    embedder.wake(ada.id);
    await isDone('a');

    expect(space.texts).toEqual(['after']);
    expect(await versions('a')).toEqual({ [kept!]: 1, [changed!]: 2 });
  });

  it('goes on where a killed process has stopped, once its lease has run out, and asks for nothing twice', async () => {
    await here.save(ada.id, ...Array.from({ length: 20 }, (_, at) => ({ title: `entry ${at}` })));
    let calls = 0;
    const lost = spaceOf('a', () => (++calls === 2 ? new Promise(() => undefined) : undefined));
    startEmbedder(lost);
    await expect.poll(() => calls, { timeout: 10_000 }).toBe(2);
    running.length = 0;
    const written = Object.keys(await versions('a')).length;
    expect(written).toBeGreaterThan(0);

    const next = spaceOf('a');
    startEmbedder(next, { aheadMs: 31_000 });
    await isDone('a');

    expect([...lost.texts, ...next.texts].toSorted()).toEqual(
      Array.from({ length: 20 }, (_, at) => `entry ${at}`).toSorted(),
    );
    expect(Object.keys(await versions('a'))).toHaveLength(20);
  });

  it('leaves an archive to the process that is at it', async () => {
    await here.save(ada.id, ...Array.from({ length: 20 }, (_, at) => ({ title: `entry ${at}` })));
    const spaces = [spaceOf('a'), spaceOf('a'), spaceOf('a')];

    for (const space of spaces) startEmbedder(space).wake(ada.id);
    await isDone('a');

    expect(spaces.flatMap(({ texts }) => texts)).toHaveLength(20);
  });

  it('keeps the vectors of the space before until the next has all, and goes back without loss', async () => {
    const ids = await here.save(ada.id, ...Array.from({ length: 12 }, (_, at) => ({ title: `entry ${at}` })));
    startEmbedder(spaceOf('a'));
    await isDone('a');
    await running.pop()!.stop();
    let calls = 0;
    const failing = spaceOf('b', () => {
      if (++calls > 1) throw new AppError('UPSTREAM_FAILED', 'down');
    });
    startEmbedder(failing);
    await expect.poll(() => calls, { timeout: 10_000 }).toBeGreaterThan(1);
    await running.pop()!.stop();
    expect((await store.readState(ada.id)).answering?.key).toBe('a');
    expect(Object.keys(await versions('a'))).toHaveLength(ids.length);

    const back = spaceOf('a');
    await here.save(ada.id, { title: 'new' });
    startEmbedder(back);
    await isDone('a');

    expect(back.texts).toEqual(['new']);
    expect(await versions('b')).toEqual({});
  });

  it('tells a model the beginnings of what is too long for it', async () => {
    const space = spaceOf('a', (texts) => {
      if (texts.some(({ length }) => length > 400))
        throw new AppError('UPSTREAM_REFUSED', 'too long', { isTooLong: true });
    });
    await here.save(ada.id, { title: 'long', content: 'x'.repeat(1_100) });

    startEmbedder(space);
    await isDone('a');

    expect(space.texts).toEqual([`long\n${'x'.repeat(1_100)}`.slice(0, 277)]);
  });

  it('gives others their turn while it is at a large archive, and comes to its end', async () => {
    const titles = Array.from({ length: 430 }, (_, at) => ({ title: `entry ${at}` }));
    for (let at = 0; at < titles.length; at += 100) await here.save(ada.id, ...titles.slice(at, at + 100));
    const other = newId('usr');
    const order: string[] = [];
    const space = spaceOf('a');
    const watched = {
      ...space,
      embed: (...asked: Parameters<OpenSpace['embed']>) => (order.push(asked[0]), space.embed(...asked)),
    };
    await here.save(other, { title: 'small' });

    startEmbedder(watched);
    await isDone('a');

    const ends = order.lastIndexOf(ada.id);
    expect(order.indexOf(other)).toBeLessThan(ends);
    expect(space.texts.toSorted()).toEqual(titles.map(({ title }) => title).toSorted());
  });

  const passesOfOne = (): ArchivePasses => {
    const needs = {
      archive: here.needs.archive,
      archiveVectors: store,
      clock: { now: () => new Date() },
      log: silentLog,
    };
    return new ArchivePasses(needs, 'one', new AbortController().signal);
  };

  it('leaves an entry without vectors that always fails, and only that', async () => {
    const [good, bad, fine] = await here.save(ada.id, { title: 'good' }, { title: 'poison' }, { title: 'fine' });
    const space = spaceOf('a', (texts) => {
      if (texts.includes('poison')) throw new AppError('UPSTREAM_REFUSED', 'no');
    });
    const passes = passesOfOne();

    await expect(passes.make(ada.id, space, { mayPark: false })).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED' });
    expect(await passes.make(ada.id, space, { mayPark: true })).toBe('DONE');

    const listed = await store.list(ada.id, 'a', 0, 10);
    expect(
      listed
        .filter(({ pieces }) => pieces.length > 0)
        .map(({ entryId }) => entryId)
        .toSorted(),
    ).toEqual([good, fine].toSorted());
    expect(listed.filter(({ pieces }) => pieces.length === 0).map(({ entryId }) => entryId)).toEqual([bad]);
  });

  it('leaves nothing without vectors for a service that is down', async () => {
    await here.save(ada.id, { title: 'good' });
    const down = spaceOf('a', () => {
      throw new AppError('UPSTREAM_FAILED', 'down');
    });
    const passes = passesOfOne();

    await expect(passes.make(ada.id, down, { mayPark: true })).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });

    expect(await store.list(ada.id, 'a', 0, 10)).toEqual([]);
  });

  it('does nothing where there is no embedding model', async () => {
    await here.save(ada.id, { title: 'one' });

    const embedder = startEmbedder(null);
    embedder.wake(ada.id);
    await embedder.stop();

    expect(await store.readState(ada.id)).toEqual({ answering: null, sequence: 0, done: null });
  });

  it('asks now and then only for a model that cannot be read', async () => {
    let asked = 0;
    const open = async () => {
      asked += 1;
      throw new Error('not authorized');
    };

    startEmbedder(null, { open }).wake(ada.id);
    await sleep(200);

    expect(asked).toBeLessThan(3);
  });
});
