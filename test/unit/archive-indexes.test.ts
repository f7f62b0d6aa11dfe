import fc from 'fast-check';
import mongoose from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { ArchiveStore } from '../../src/domain/archive/archive-store.js';
import { deleteArchiveEntries, openArchiveEntry, updateArchiveEntry } from '../../src/domain/archive/entries.js';
import type { ArchiveHit } from '../../src/domain/archive/search-archive.js';
import { openArchives, type ArchiveProcess, type Archives } from '../kit/archives.js';

let archives: Archives;
beforeAll(async () => {
  archives = await openArchives();
});
afterAll(() => archives.close());

const titlesOf = (hits: readonly ArchiveHit[]) => hits.map(({ entry }) => entry.title);

/** A process that counts what it asks of its store. */
function startCounting(options: { maxIndexBytes?: number } = {}): ArchiveProcess & { asked: string[] } {
  const asked: string[] = [];
  const override = ({ archive }: { archive: ArchiveStore }) => ({
    archive: new Proxy(archive, {
      get(target, name: keyof ArchiveStore) {
        asked.push(name);
        return target[name].bind(target);
      },
    }),
  });
  return { ...archives.start({ ...options, override }), asked };
}

describe('a search', () => {
  let ada: ReturnType<typeof viewerOf>;
  beforeEach(() => {
    ada = viewerOf(newId('usr'));
  });

  it('reads one revision and no entries where nothing has changed and nothing fits', async () => {
    const here = startCounting();
    await here.save(ada.id, { title: 'alpha', summary: '리스트 정렬' });
    await here.search(ada.id, '정렬');
    here.asked.length = 0;

    expect(await here.search(ada.id, '고양이 목욕')).toEqual([]);

    expect(here.asked).toEqual(['readState']);
  });

  it('reads the entries that it returns, and no others', async () => {
    const here = startCounting();
    await here.save(ada.id, { title: 'alpha', summary: '리스트 정렬' }, { title: 'beta', summary: '사전 병합' });
    await here.search(ada.id, '정렬');
    here.asked.length = 0;

    expect(titlesOf(await here.search(ada.id, '정렬'))).toEqual(['alpha']);

    expect(here.asked).toEqual(['readState', 'findMany']);
  });

  it('sends the database one command for each of these', async () => {
    const here = archives.start();
    await here.save(ada.id, { title: 'alpha', summary: '리스트 정렬' });
    await here.search(ada.id, '정렬');
    const commands: string[] = [];
    mongoose.set('debug', (collection: string, command: string) => void commands.push(`${command} in ${collection}`));

    await here.search(ada.id, '정렬');

    mongoose.set('debug', false);
    expect(commands).toEqual(['findOne in archives', 'find in archiveEntries']);
  });

  it('catches up by what has changed, without reading the rest again', async () => {
    const here = startCounting();
    const [first] = await here.save(ada.id, { title: 'alpha', summary: '리스트 정렬' }, { title: 'other' });
    await here.search(ada.id, '정렬');
    here.asked.length = 0;

    await updateArchiveEntry(here.needs, ada, { id: first!, version: 1, summary: '사전 병합' });
    expect(titlesOf(await here.search(ada.id, '병합'))).toEqual(['alpha']);
    expect(await here.search(ada.id, '정렬')).toEqual([]);

    expect(here.asked).toEqual(expect.arrayContaining(['changedSince', 'findTokens']));
    expect(here.asked).not.toContain('listTokens');
  });

  it('sees at once what another process has saved, changed and deleted', async () => {
    const [here, there] = [archives.start(), archives.start()];
    expect(await there.search(ada.id, '정렬')).toEqual([]);

    const [id] = await here.save(ada.id, { title: 'alpha', summary: '리스트 정렬' });
    expect(titlesOf(await there.search(ada.id, '정렬'))).toEqual(['alpha']);

    await updateArchiveEntry(there.needs, ada, { id: id!, version: 1, summary: '사전 병합' });
    expect(titlesOf(await here.search(ada.id, '병합'))).toEqual(['alpha']);
    expect(await here.search(ada.id, '정렬')).toEqual([]);

    await deleteArchiveEntries(here.needs, ada, [id!]);
    expect(await there.search(ada.id, '병합')).toEqual([]);
  });

  it('builds anew what is too far behind', async () => {
    const [here, there] = [archives.start(), startCounting()];
    await here.save(ada.id, { title: 'first', summary: '정렬' });
    await there.search(ada.id, '정렬');
    for (let change = 0; change < 101; change++) await here.save(ada.id, { title: 'later', summary: '병합' });
    there.asked.length = 0;

    expect(titlesOf(await there.search(ada.id, '정렬'))).toEqual(['first']);

    expect(there.asked).toContain('listTokens');
    expect(await there.search(ada.id, '병합')).toHaveLength(50);
  }, 60_000);

  it('finds everything that two processes save at once, and both find the same', async () => {
    const processes = [archives.start(), archives.start()] as const;
    const [here, there] = processes;

    await Promise.all(
      Array.from({ length: 24 }, async (_, n) => {
        const process = processes[n % 2]!;
        await process.save(ada.id, { title: `entry ${n}`, summary: '리스트 정렬' });
        await process.search(ada.id, '정렬');
      }),
    );

    const [first, second] = await Promise.all([here.search(ada.id, '정렬'), there.search(ada.id, '정렬')]);
    expect(titlesOf(first).toSorted()).toEqual(Array.from({ length: 24 }, (_, n) => `entry ${n}`).toSorted());
    expect(titlesOf(second).toSorted()).toEqual(titlesOf(first).toSorted());
  });

  it('finds what a lost process had saved but not said so', async () => {
    const [here, there] = [archives.start(), archives.start()];
    await here.save(ada.id, { title: 'first', summary: '정렬' });
    await there.search(ada.id, '정렬');
    const archive = archives.documents.connection.collection<{ _id: string }>('archives');
    const before = await archive.findOne({ _id: ada.id });
    const [id] = await here.save(ada.id, { title: 'second', summary: '정렬' });
    const lost = { id: 'lost', entryIds: [id], entries: 1, bytes: 0, at: new Date() };
    await archive.replaceOne({ _id: ada.id }, { ...before!, unsettled: [lost] });

    expect(titlesOf(await there.search(ada.id, '정렬')).toSorted()).toEqual(['first', 'second']);
  });

  it('analyses entries anew whose tokens an older analyzer made', async () => {
    const here = archives.start();
    const [id] = await here.save(ada.id, { title: 'alpha', summary: '리스트 정렬' });
    const tokens = archives.documents.connection.collection('archiveTokens');
    await tokens.updateOne({ entryId: id }, { $set: { version: 'older', pieces: [] } });

    expect(titlesOf(await archives.start().search(ada.id, '정렬'))).toEqual(['alpha']);
    expect(await tokens.findOne({ entryId: id })).toMatchObject({ version: expect.not.stringMatching('older') });
  });

  it('brings the best first, whatever order the categories of its view are in', async () => {
    const here = archives.start();
    await here.save(
      ada.id,
      { title: 'part', summary: '정렬', category: 'code' },
      { title: 'whole', summary: '리스트 정렬', category: 'doc' },
    );
    const found = async (view: object) => titlesOf(await here.search(ada.id, '리스트 정렬', view));

    expect(await found({ categories: ['code', 'doc'] })).toEqual(['whole', 'part']);
    expect(await found({ categories: ['code', 'doc'], topK: 1 })).toEqual(['whole']);
  });

  it('reaches no further than its view', async () => {
    const here = archives.start();
    await here.save(
      ada.id,
      { title: 'code', summary: '정렬', category: 'code', tags: ['team'] },
      { title: 'doc', summary: '정렬', category: 'doc', tags: ['team', 'old'] },
      { title: 'url', summary: '정렬', category: 'url' },
    );
    const found = async (view: object) => titlesOf(await here.search(ada.id, '정렬', view)).toSorted();

    expect(await found({})).toEqual(['code', 'doc', 'url']);
    expect(await found({ categories: ['code', 'url'] })).toEqual(['code', 'url']);
    expect(await found({ categories: [] })).toEqual([]);
    expect(await found({ tags: ['team'] })).toEqual(['code', 'doc']);
    expect(await found({ tags: ['team'], categories: ['doc'] })).toEqual(['doc']);
    expect(await found({ tags: ['team', 'old'] })).toEqual(['doc']);
    expect(await found({ topK: 1 })).toHaveLength(1);
    expect(await found({ minScore: 1 })).toEqual(
      (await here.search(ada.id, '정렬'))
        .filter(({ score }) => score >= 1)
        .map(({ entry }) => entry.title)
        .toSorted(),
    );
  });
});

it('keeps as many indexes as there is room for, those that were used last', async () => {
  const owners = Array.from({ length: 5 }, () => newId('usr'));
  const writer = archives.start();
  for (const owner of owners) await writer.save(owner, { title: 'alpha', content: '긴 글 '.repeat(200) });
  await writer.search(owners[0]!, '긴');
  const maxIndexBytes = 3 * writer.memory.byteLength;
  const here = startCounting({ maxIndexBytes });
  const builds = async (owner: string) => {
    here.asked.length = 0;
    expect(await here.search(owner, '긴')).toHaveLength(1);
    expect(here.memory.byteLength).toBeLessThanOrEqual(maxIndexBytes);
    return here.asked.includes('listTokens');
  };
  const [first, second, third, fourth] = owners as [string, string, string, string];

  for (const owner of [first, second, third]) expect(await builds(owner)).toBe(true);
  expect(await builds(first)).toBe(false);
  expect(await builds(fourth)).toBe(true);
  expect(await builds(first)).toBe(false);
  expect(await builds(second)).toBe(true);
});

it('keeps every well-formed content as it is', async () => {
  const here = archives.start();
  const viewer = viewerOf(newId('usr'));
  const anyText = fc.string({ unit: 'binary', maxLength: 200 }).filter((text) => text.isWellFormed());

  await fc.assert(
    fc.asyncProperty(anyText, async (content) => {
      const [id] = await here.save(viewer.id, { content });
      expect((await openArchiveEntry(here.needs, viewer, id!)).content).toBe(content);
    }),
    { numRuns: 60 },
  );
}, 60_000);

const viewerOf = (id: string) => ({ id, role: 'DEVELOPER', sessionId: 'ses' }) as const;
