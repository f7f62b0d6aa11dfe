import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoArchiveStore } from '../../src/infra/mongo/mongo-archive-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { describeArchiveStore, next, of } from './archive-store.js';

describe('MongoArchiveStore', () => {
  let documents: Documents;
  let now = new Date('2026-11-02T03:04:05.678Z');
  const clock = { now: () => now };
  beforeAll(async () => {
    documents = await openDocuments();
  });
  afterAll(() => documents.close());

  const open = async () => {
    const store = new MongoArchiveStore(documents.connection, clock);
    await createIndexes(documents.connection);
    return store;
  };
  const collection = (name: string) => documents.connection.collection(name);

  describeArchiveStore(open);

  it('keeps tokens apart from contents, and neither holds what the other does', async () => {
    const ada = newId('usr');
    const store = await open();
    await store.insert([of(ada, { content: 'secret words', terms: 'isecret iwords' })], ROOM);

    const [entry, tokens] = await Promise.all(
      ['archiveEntries', 'archiveTokens'].map((name) => collection(name).findOne({ ownerId: ada })),
    );

    expect(Object.keys(entry!).toSorted()).toEqual(
      ['_id', 'bytes', 'category', 'content', 'createdAt', 'ownerId', 'sourceUrl', 'summary', 'tags', 'title'].concat([
        'tokensId',
        'updatedAt',
        'version',
      ]),
    );
    expect(Object.keys(tokens!).toSorted()).toEqual(
      ['_id', 'category', 'entryId', 'ownerId', 'pieces', 'tags', 'version'].toSorted(),
    );
    expect(JSON.stringify(tokens)).not.toContain('secret words');
  });

  it('goes on without tokens that are missing', async () => {
    const ada = newId('usr');
    const store = await open();
    const [whole, damaged] = [of(ada), of(ada)];
    await store.insert([whole, damaged], ROOM);
    await collection('archiveTokens').deleteOne({ entryId: damaged.entry.id });

    const found = await store.findTokens(ada, [whole.entry.id, damaged.entry.id]);

    expect(found.map(({ id }) => id)).toEqual([whole.entry.id]);
  });

  /** What is left when a process is killed before the last step of a change, which is the same for all changes. */
  const loseLastStep = async (ownerId: string, change: () => Promise<unknown>) => {
    const before = await collection('archives').findOne({ _id: ownerId as never });
    await change();
    const after = await collection('archives').findOne({ _id: ownerId as never });
    const [entryIds] = (after!['changes'] as string[][]).slice(-1);
    return { before: before!, after: after!, entryIds: entryIds! };
  };

  it('shows to search what a lost process was changing, and ends it for it after a minute', async () => {
    const ada = newId('usr');
    const store = await open();
    const entry = of(ada, { content: 'x'.repeat(10) });
    await store.insert([entry], ROOM);
    const { before, entryIds } = await loseLastStep(ada, () =>
      store.replace(next(entry, { content: 'x'.repeat(30) }), ROOM),
    );
    const lost = { id: 'lost', entryIds, entries: 1, bytes: 30, at: now };
    await collection('archives').updateOne(
      { _id: ada as never },
      { $set: { revision: before['revision'], changes: before['changes'], unsettled: [lost] } },
    );
    await collection('archiveTokens').insertOne({ ownerId: ada, entryId: entry.entry.id, left: 'behind' });

    expect(await store.readState(ada)).toEqual({ revision: 1, unsettled: [entry.entry.id] });
    now = new Date(now.getTime() + 61_000);
    expect(await store.readState(ada)).toEqual({ revision: 2, unsettled: [] });
    expect(await store.changedSince(ada, 1)).toEqual({ revision: 2, ids: [entry.entry.id] });
    expect(await store.listTokens(ada, 10, null)).toHaveLength(1);
    expect(await collection('archives').findOne({ _id: ada as never })).toMatchObject({ entries: 1, bytes: 30 });
  });

  it('ends at once what is known to be lost, and counts only what was added', async () => {
    const ada = newId('usr');
    const store = await open();
    const [added, never] = [of(ada, { content: 'x'.repeat(10) }), newId('arc')];
    await store.insert([added], ROOM);
    const lost = { id: 'lost', entryIds: [added.entry.id, never], entries: 2, bytes: 500, at: now };
    const other = { ...lost, id: 'other', entryIds: [newId('arc')], entries: 0, bytes: 0 };
    await collection('archives').updateOne(
      { _id: ada as never },
      { $set: { entries: 2, bytes: 500, unsettled: [lost, other] } },
    );

    await store.settle(ada, [never]);

    expect((await store.readState(ada)).unsettled).toEqual(other.entryIds);
    expect(await collection('archives').findOne({ _id: ada as never })).toMatchObject({ entries: 1, bytes: 10 });
  });

  it('gives back the room that a lost process took for what it never added', async () => {
    const ada = newId('usr');
    const store = await open();
    await store.insert([of(ada, { content: 'x'.repeat(10) })], ROOM);
    const lost = { id: 'lost', entryIds: [newId('arc')], entries: 1, bytes: 500, at: now };
    await collection('archives').updateOne(
      { _id: ada as never },
      { $set: { entries: 2, bytes: 510, unsettled: [lost] } },
    );
    now = new Date(now.getTime() + 61_000);

    await store.insert([of(ada, { content: 'x'.repeat(5) })], ROOM);

    expect(await collection('archives').findOne({ _id: ada as never })).toMatchObject({
      entries: 2,
      bytes: 15,
      unsettled: [],
    });
  });
});

const ROOM = { entries: 1_000, bytes: 1_000_000 };
