import { expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { EntryVectors } from '../../src/domain/archive/vectors/vector-index.js';
import type { ArchiveVectorStore } from '../../src/domain/archive/vectors/vector-store.js';

const AT = new Date('2026-11-02T03:04:05.678Z');
const later = (milliseconds: number) => new Date(AT.getTime() + milliseconds);

const A = { key: 'a', modelId: 'mod_a' };
const B = { key: 'b', modelId: 'mod_b' };

const vectorsOf = (entryId: string, version = 1): EntryVectors => ({
  entryId,
  version,
  pieces: [
    { start: 0, end: 3, vector: Int8Array.of(-127, 0, 127) },
    { start: 3, end: 5, vector: Int8Array.of(1, 2, -128) },
  ],
});

/** What every ArchiveVectorStore must do. Each case uses owners of its own. */
export function describeArchiveVectorStore(open: () => ArchiveVectorStore): void {
  const holding = async (ownerId = newId('usr'), holder = 'one') => {
    const store = open();
    const lease = { ownerId, holder };
    expect(await store.lease(lease, AT, later(1_000))).toBe(true);
    return { store, lease, ownerId };
  };

  it('knows nothing of an archive at first', async () => {
    expect(await open().readState(newId('usr'))).toEqual({ answering: null, sequence: 0, done: null });
    expect(await open().readStates([newId('usr')])).toEqual(new Map());
  });

  it('lets one holder write at a time, until the lease is given up or has run out', async () => {
    const { store, lease, ownerId } = await holding();
    const other = { ownerId, holder: 'other' };

    expect(await store.lease(other, later(999), later(2_000))).toBe(false);
    expect(await store.lease(lease, later(999), later(1_500))).toBe(true);
    expect(await store.lease(other, later(1_499), later(2_000))).toBe(false);
    expect(await store.lease(other, later(1_500), later(2_500))).toBe(true);
    expect(await store.write(lease, 'a', [vectorsOf('x')])).toBe(false);
    expect(await store.answerIn(lease, A)).toBe(false);
    await store.release(lease);
    expect(await store.lease(lease, later(2_000), later(3_000))).toBe(false);
    await store.release(other);
    expect(await store.lease(lease, later(2_000), later(3_000))).toBe(true);
  });

  it('gives the lease to one of many who ask at once', async () => {
    const ownerId = newId('usr');
    const store = open();
    const asked = Array.from({ length: 8 }, (_, at) => store.lease({ ownerId, holder: String(at) }, AT, later(1_000)));

    expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
  });

  it('gives back vectors as they were, those written since a sequence, the newest version only', async () => {
    const { store, lease, ownerId } = await holding();
    await store.write(lease, 'a', [vectorsOf('x'), vectorsOf('y')]);
    const { sequence } = await store.readState(ownerId);
    await store.write(lease, 'a', [vectorsOf('x', 2)]);

    expect(await store.list(ownerId, 'a', 0, 10)).toEqual([
      { ...vectorsOf('y'), sequence: 1 },
      { ...vectorsOf('x', 2), sequence: 2 },
    ]);
    expect(await store.list(ownerId, 'a', sequence, 10)).toEqual([{ ...vectorsOf('x', 2), sequence: 2 }]);
    expect(await store.list(ownerId, 'a', 0, 1)).toEqual([{ ...vectorsOf('y'), sequence: 1 }]);
    expect(await store.versionsOf(ownerId, 'a', ['x', 'y', 'z'])).toEqual(
      new Map([
        ['x', 2],
        ['y', 1],
      ]),
    );
  });

  it('shows nothing of one owner to another', async () => {
    const { store, lease } = await holding();
    await store.write(lease, 'a', [vectorsOf('x')]);
    const bob = newId('usr');

    expect(await store.list(bob, 'a', 0, 10)).toEqual([]);
    expect(await store.versionsOf(bob, 'a', ['x'])).toEqual(new Map());
    await store.delete(bob, ['x']);
    await store.prune(bob, { after: null, last: null, kept: [] });
    expect(await store.list(lease.ownerId, 'a', 0, 10)).toHaveLength(1);
  });

  it('answers in one space until all are in the next one, and drops the others then', async () => {
    const { store, lease, ownerId } = await holding();
    await store.answerIn(lease, A);
    await store.write(lease, 'a', [vectorsOf('x')]);
    await store.finish(lease, A, 7);
    await store.write(lease, 'b', [vectorsOf('x')]);
    expect(await store.readState(ownerId)).toEqual({ answering: A, sequence: 3, done: { space: 'a', revision: 7 } });
    expect(await store.list(ownerId, 'a', 0, 10)).toHaveLength(1);

    await store.finish(lease, B, 8);

    const state = { answering: B, sequence: 4, done: { space: 'b', revision: 8 } };
    expect(await store.readState(ownerId)).toEqual(state);
    expect(await store.readStates([ownerId])).toEqual(new Map([[ownerId, state]]));
    expect(await store.list(ownerId, 'a', 0, 10)).toEqual([]);
    expect(await store.list(ownerId, 'b', 0, 10)).toHaveLength(1);
  });

  it('deletes what is named, and what lies between two ids but for what is kept', async () => {
    const { store, lease, ownerId } = await holding();
    const left = async () => (await store.list(ownerId, 'a', 0, 10)).map(({ entryId }) => entryId).toSorted();
    await store.write(
      lease,
      'a',
      ['a', 'b', 'c', 'd', 'e'].map((id) => vectorsOf(id)),
    );

    await store.prune(ownerId, { after: 'a', last: 'd', kept: ['c'] });
    expect(await left()).toEqual(['a', 'c', 'e']);
    await store.delete(ownerId, ['a']);
    expect(await left()).toEqual(['c', 'e']);
    await store.prune(ownerId, { after: 'c', last: null, kept: [] });
    expect(await left()).toEqual(['c']);
  });
}
