import { expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { ArchiveEntry, ArchiveSize } from '../../src/domain/archive/archive-entry.js';
import type { ArchiveStore, SearchableEntry } from '../../src/domain/archive/archive-store.js';

const ROOM: ArchiveSize = { entries: 1_000, bytes: 1_000_000 };
const ANY = { category: null, tag: null };
const AT = new Date('2026-11-02T03:04:05.678Z');

/** What every ArchiveStore must do. Each case uses owners of its own. */
export function describeArchiveStore(open: () => Promise<ArchiveStore>): void {
  const openWith = async (...entries: SearchableEntry[]) => {
    const store = await open();
    for (const each of entries) expect(await store.insert([each], ROOM)).toBe(true);
    return store;
  };

  it('gives back what it was given, whatever is in the text', async () => {
    const ada = newId('usr');
    const odd = of(ada, {
      content: '\u0000 줄\r\n한글\u1112\u1161\u11ab 👩‍👩‍👧 \t"$where"',
      tags: ['a', '한글'],
      summary: '',
    });
    const store = await openWith(of(ada), odd);

    expect(await store.find(ada, odd.entry.id)).toEqual(odd.entry);
    expect(await store.findMany(ada, [odd.entry.id, newId('arc')])).toEqual([odd.entry]);
  });

  it('shows nothing of one owner to another', async () => {
    const [ada, bob] = [newId('usr'), newId('usr')];
    const hers = of(ada);
    const store = await openWith(hers);
    const { id } = hers.entry;

    expect(await store.find(bob, id)).toBeNull();
    expect(await store.findMany(bob, [id])).toEqual([]);
    expect(await store.list(bob, ANY, 10, null)).toEqual([]);
    expect(await store.listCategories(bob)).toEqual([]);
    expect(await store.idsOfCategory(bob, 'code', 10)).toEqual([]);
    expect(await store.findTokens(bob, [id])).toEqual([]);
    expect(await store.listTokens(bob, 10, null)).toEqual([]);
    expect(await store.delete(bob, [id])).toBe(0);
    expect(await store.replace(next(hers, { ownerId: bob }), ROOM)).toBe('stale');
    expect(await store.readState(bob)).toEqual({ revision: 0, unsettled: [] });
    expect(await store.find(ada, id)).toEqual(hers.entry);
  });

  it('tells versions of entries and revisions of archives, page by page', async () => {
    const [ada, bob] = [newId('usr'), newId('usr')];
    const [one, two, three] = Array.from({ length: 3 }, () => newId('arc')).toSorted();
    const first = of(ada, { id: one! });
    const store = await openWith(first, of(ada, { id: two! }), of(ada, { id: three! }), of(bob));
    await store.replace(next(first), ROOM);

    const page = await store.listVersions(ada, 2, null);
    expect(page).toEqual([
      { id: one, version: 2 },
      { id: two, version: 1 },
    ]);
    expect(await store.listVersions(ada, 2, two!)).toEqual([{ id: three, version: 1 }]);
    expect(await store.listVersions(ada, 2, three!)).toEqual([]);
    expect(await store.findVersions(ada, [one!, newId('arc')])).toEqual([{ id: one, version: 2 }]);
    expect(await store.findVersions(bob, [one!])).toEqual([]);

    const revisions = [];
    for (let after: string | null = null; ;) {
      const some: { ownerId: string; revision: number }[] = await store.listRevisions(1, after);
      revisions.push(...some);
      after = some.at(-1)?.ownerId ?? null;
      if (after === null) break;
    }
    expect(revisions.filter(({ ownerId }) => ownerId === ada)).toEqual([{ ownerId: ada, revision: 4 }]);
    expect(revisions.filter(({ ownerId }) => ownerId === bob)).toEqual([{ ownerId: bob, revision: 1 }]);
  });

  it('lists the newest first, page by page, by category and by tag', async () => {
    const ada = newId('usr');
    const [one, two, three] = Array.from({ length: 3 }, () => newId('arc')).toSorted();
    const all = [
      of(ada, { id: one! }),
      of(ada, { id: two!, category: 'url', tags: ['x', 'y'] }),
      of(ada, { id: three!, tags: ['y'] }),
    ];
    const store = await openWith(...all);
    const [first, second, third] = all.map(({ entry }) => entry);

    expect(await store.list(ada, ANY, 2, null)).toEqual([third, second]);
    expect(await store.list(ada, ANY, 2, second!.id)).toEqual([first]);
    expect(await store.list(ada, { category: 'code', tag: null }, 10, null)).toEqual([third, first]);
    expect(await store.list(ada, { category: null, tag: 'y' }, 10, null)).toEqual([third, second]);
    expect(await store.list(ada, { category: 'code', tag: 'x' }, 10, null)).toEqual([]);
    expect(await store.listCategories(ada)).toEqual([
      { category: 'code', entries: 2 },
      { category: 'url', entries: 1 },
    ]);
    expect((await store.idsOfCategory(ada, 'code', 10)).toSorted()).toEqual([first!.id, third!.id]);
    expect(await store.idsOfCategory(ada, 'code', 1)).toHaveLength(1);
  });

  it('replaces a text with its tokens, and only that of the version before', async () => {
    const ada = newId('usr');
    const before = of(ada, { terms: 'old' });
    const store = await openWith(before);
    const changed = next(before, { content: 'other', category: 'url', terms: 'new words' });

    expect(await store.replace(changed, ROOM)).toBe('replaced');
    expect(await store.replace(next(before, { content: 'late' }), ROOM)).toBe('stale');
    expect(await store.find(ada, before.entry.id)).toEqual(changed.entry);
    expect(await store.findTokens(ada, [before.entry.id])).toEqual([searched(changed)]);
    expect(await store.listTokens(ada, 10, null)).toEqual([searched(changed)]);
  });

  it('lets one of many who change the same version win', async () => {
    const ada = newId('usr');
    const before = of(ada);
    const store = await openWith(before);
    const changes = Array.from({ length: 8 }, (_, n) => next(before, { content: `by ${n}`, terms: `by${n}` }));

    const outcomes = await Promise.all(changes.map((change) => store.replace(change, ROOM)));

    const winner = changes[outcomes.indexOf('replaced')]!;
    expect(outcomes.filter((outcome) => outcome === 'replaced')).toHaveLength(1);
    expect(await store.find(ada, before.entry.id)).toEqual(winner.entry);
    expect(await store.listTokens(ada, 10, null)).toEqual([searched(winner)]);
    expect((await store.readState(ada)).unsettled).toEqual([]);
  });

  it('deletes what is named, and its tokens', async () => {
    const ada = newId('usr');
    const [kept, gone] = [of(ada), of(ada)];
    const store = await openWith(kept, gone);

    expect(await store.delete(ada, [gone.entry.id, newId('arc')])).toBe(1);
    expect(await store.list(ada, ANY, 10, null)).toEqual([kept.entry]);
    expect(await store.listTokens(ada, 10, null)).toEqual([searched(kept)]);
    expect(await store.replace(next(gone), ROOM)).toBe('stale');
  });

  it('holds to the size that it is given, and to no more', async () => {
    const ada = newId('usr');
    const store = await open();
    const most = { entries: 3, bytes: 100 };
    const [first, second] = [of(ada, { content: '가'.repeat(10) }), of(ada, { content: 'x'.repeat(60) })];

    expect(await store.insert([of(ada), of(ada), of(ada), of(ada)], most)).toBe(false);
    expect(await store.insert([first, second], most)).toBe(true);
    expect(await store.insert([of(ada, { content: 'x'.repeat(11) })], most)).toBe(false);
    expect(await store.replace(next(first, { content: 'x'.repeat(41) }), most)).toBe('full');
    expect(await store.replace(next(first, { content: 'x'.repeat(40) }), most)).toBe('replaced');
    expect(await store.delete(ada, [second.entry.id])).toBe(1);
    expect(await store.insert([of(ada, { content: 'x'.repeat(60) })], most)).toBe(true);
    expect(await store.insert([of(ada, { content: '' })], most)).toBe(true);
    expect(await store.insert([of(ada, { content: '' })], most)).toBe(false);
  });

  it('lets as many in as fit, of all that come at once', async () => {
    const ada = newId('usr');
    const store = await open();

    const outcomes = await Promise.all(
      Array.from({ length: 12 }, () => store.insert([of(ada)], { entries: 5, bytes: 10_000 })),
    );

    expect(outcomes.filter(Boolean)).toHaveLength(5);
    expect(await store.listCategories(ada)).toEqual([{ category: 'code', entries: 5 }]);
  });

  it('counts what many change at once for one of them only', async () => {
    const ada = newId('usr');
    const [small, changed, gone] = [of(ada), of(ada, { content: 'x'.repeat(90) }), of(ada)];
    const store = await openWith(small, changed, gone);
    const atOnce = <T>(change: () => Promise<T>) => Promise.all(Array.from({ length: 6 }, change));

    await atOnce(() => store.replace(next(changed, { content: 'x' }), ROOM));
    const deleted = await atOnce(() => store.delete(ada, [gone.entry.id]));
    await Promise.all([store.replace(next(small), ROOM), store.delete(ada, [small.entry.id])]);

    expect(deleted.toSorted()).toEqual([0, 0, 0, 0, 0, 1]);
    const most = { entries: 3, bytes: 11 };
    expect(await store.insert([of(ada, { content: 'x'.repeat(11) })], most)).toBe(false);
    expect(await store.insert([of(ada), of(ada), of(ada)], ROOM)).toBe(true);
    expect(await store.insert([of(ada)], { entries: 4, bytes: 1_000 })).toBe(false);
    expect(await store.list(ada, ANY, 10, null)).toHaveLength(4);
  });

  it('tells by its revision that something has changed, and what', async () => {
    const ada = newId('usr');
    const [first, second] = [of(ada), of(ada)];
    const store = await openWith(first);
    const { revision } = await store.readState(ada);

    await store.insert([second], ROOM);
    await store.replace(next(first), ROOM);
    await store.delete(ada, [second.entry.id]);

    const state = await store.readState(ada);
    expect(state).toEqual({ revision: revision + 3, unsettled: [] });
    const changed = await store.changedSince(ada, revision);
    expect({ ...changed, ids: changed?.ids.toSorted() }).toEqual({
      revision: state.revision,
      ids: [first.entry.id, second.entry.id].toSorted(),
    });
    expect(await store.changedSince(ada, state.revision)).toEqual({ revision: state.revision, ids: [] });
    expect(await store.changedSince(ada, state.revision + 1)).toBeNull();
  });

  it('does not know any more what changed very long ago', async () => {
    const ada = newId('usr');
    const entry = of(ada);
    const store = await openWith(entry);
    let latest = entry;
    for (let change = 0; change < 100; change++) {
      latest = next(latest);
      await store.replace(latest, ROOM);
    }

    expect(await store.changedSince(ada, 0)).toBeNull();
    expect(await store.changedSince(ada, 1)).toEqual({ revision: 101, ids: [entry.entry.id] });
  }, 60_000);

  it('gives all tokens page by page, by id', async () => {
    const ada = newId('usr');
    const all = Array.from({ length: 5 }, () => of(ada)).toSorted((a, b) => (a.entry.id < b.entry.id ? -1 : 1));
    const store = await open();
    await store.insert(all, ROOM);

    const first = await store.listTokens(ada, 3, null);
    const second = await store.listTokens(ada, 3, first[2]!.id);

    expect([...first, ...second]).toEqual(all.map(searched));
    expect(await store.listTokens(ada, 3, second[1]!.id)).toEqual([]);
  });

  it('takes other tokens for a text that is still the same', async () => {
    const ada = newId('usr');
    const entry = of(ada);
    const store = await openWith(entry);
    const refreshed = { ...entry, tokens: tokensOf('fresh', 'analyzer/2') };

    await store.refreshTokens(ada, entry.entry.id, 1, refreshed.tokens);
    await store.refreshTokens(ada, entry.entry.id, 2, tokensOf('wrong'));

    expect(await store.findTokens(ada, [entry.entry.id])).toEqual([searched(refreshed)]);
  });
}

const tokensOf = (terms: string, version = 'analyzer/1') => ({
  version,
  pieces: [{ start: 0, end: 5, terms, counts: terms.split(' ').map(() => 255) }],
});

type Fields = Partial<ArchiveEntry> & { readonly terms?: string };

export function of(ownerId: string, { terms = 'mcode', ...fields }: Fields = {}): SearchableEntry {
  const entry: ArchiveEntry = {
    id: newId('arc'),
    ownerId,
    category: 'code',
    title: '제목',
    summary: '요약',
    content: 'x = 1',
    tags: [],
    sourceUrl: null,
    version: 1,
    createdAt: AT,
    updatedAt: AT,
    ...fields,
  };
  return { entry, tokens: tokensOf(terms) };
}

export function next({ entry, tokens }: SearchableEntry, { terms, ...fields }: Fields = {}): SearchableEntry {
  return {
    entry: { ...entry, version: entry.version + 1, ...fields },
    tokens: terms === undefined ? tokens : tokensOf(terms),
  };
}

const searched = ({ entry: { id, category, tags }, tokens }: SearchableEntry) => ({ id, category, tags, tokens });
