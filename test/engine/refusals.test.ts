import { Long } from 'bson';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type OpenEngine, openTestEngine } from './kit.js';

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());
beforeEach(async () => {
  await open.db.dropDatabase();
  await open.db.collection<{ _id: number }>('things').insertMany([{ _id: 1 }, { _id: 2 }]);
});

const codeOf = async (command: object): Promise<unknown> => (await failureOf(open.db.command(command))).code;

describe('what is not supported is refused by its code:', () => {
  it.each([
    ['a command that nobody knows', { fly: 1 }, 59],
    ['a command with a name that every object knows', { constructor: 1 }, 59],
    ['another one', { toString: 1 }, 59],
    ['a third one', JSON.parse('{ "__proto__": 1 }') as object, 59],
    ['mapReduce', { mapReduce: 'things', map: 'x', reduce: 'y', out: { inline: 1 } }, 238],
    ['$where', { find: 'things', filter: { $where: 'true' } }, 238],
    ['a change stream', { aggregate: 'things', pipeline: [{ $changeStream: {} }], cursor: {} }, 40324],
    ['a stage that is not done here', { aggregate: 'things', pipeline: [{ $densify: {} }], cursor: {} }, 40324],
    ['a stage that nobody knows, of no collection', { aggregate: 1, pipeline: [{ $bogus: {} }], cursor: {} }, 40324],
    ['the sessions of the server', { aggregate: 1, pipeline: [{ $listLocalSessions: {} }], cursor: {} }, 40324],
    ['what the server is at', { aggregate: 1, pipeline: [{ $currentOp: {} }], cursor: {} }, 40324],
    [
      'an expression that is not known',
      { aggregate: 'things', pipeline: [{ $project: { a: { $fly: 1 } } }], cursor: {} },
      168,
    ],
    ['a question of place', { find: 'things', filter: { at: { $near: [1, 2] } } }, 238],
    ['a login', { saslStart: 1, mechanism: 'PLAIN', payload: 'x' }, 18],
    ['a replica set', { replSetGetStatus: 1 }, 76],
    ['a read of a snapshot', { find: 'things', readConcern: { level: 'snapshot' } }, 123],
    ['a write to two', { insert: 'things', documents: [{ a: 1 }], writeConcern: { w: 2 } }, 2],
    ['another version of the API', { find: 'things', apiVersion: '9' }, 322],
    ['an encrypted collection', { create: 'secret', encryptedFields: {} }, 238],
    [
      'fail points, unless the engine was started with them',
      { configureFailPoint: 'failCommand', mode: 'alwaysOn' },
      59,
    ],
  ])('%s', async (_, command, code) => {
    expect(await codeOf(command)).toBe(code);
  });

  it('transactions', async () => {
    const insert = { insert: 'things', documents: [{ _id: 3 }] };

    const failure = await failureOf(
      open.db.command({ ...insert, txnNumber: Long.fromNumber(1), startTransaction: true, autocommit: false }),
    );

    expect(failure).toMatchObject({ code: 20, codeName: 'IllegalOperation' });
    expect(await open.db.collection('things').countDocuments()).toBe(2);
  });
});

describe('a command with', () => {
  const BAD = { a: { $bad: 1 } };

  it.each([
    ['a field that it does not know', { find: 'things', flter: {} }, 40415],
    [
      'a part of an update that it does not know',
      { update: 'things', updates: [{ q: {}, u: { $set: { a: 1 } }, sort: {} }] },
      40415,
    ],
    ['a verbosity that nobody knows', { explain: { find: 'things' }, verbosity: 'loud' }, 2],
    [
      'a filter that only the plan is wanted of',
      { explain: { find: 'things', filter: BAD }, verbosity: 'queryPlanner' },
      2,
    ],
    ['a filter to explain where nothing is', { explain: { find: 'nowhere', filter: BAD } }, 2],
    ['array filters of a removal', { findAndModify: 'things', query: {}, remove: true, arrayFilters: [{ e: 1 }] }, 9],
    ['a filter of the wrong type', { find: 'things', filter: 'all' }, 14],
    ['a collation of no language', { find: 'things', collation: { locale: 'zz' } }, 2],
    ['a collation of no language, for a collection', { create: 'others', collation: { locale: 'zz' } }, 2],
    ['an order by several fields, one named by a whole number', { find: 'things', sort: { a: 1, 7: 1 } }, 238],
    ['such an order in a pipeline', { aggregate: 'things', pipeline: [{ $sort: { a: 1, 7: 1 } }], cursor: {} }, 238],
    ['a wait for a hello that is none', { hello: 1, maxAwaitTimeMS: 'long', topologyVersion: {} }, 14],
    ['a wait for a hello that is over before it began', { hello: 1, maxAwaitTimeMS: -1, topologyVersion: {} }, 51024],
    ['a wait for a hello that is no number', { hello: 1, maxAwaitTimeMS: Number.NaN, topologyVersion: {} }, 51024],
    ['a wait for data without an end to wait at', { find: 'things', awaitData: true }, 9],
    ['a negative limit', { find: 'things', limit: -1 }, 51024],
    ['a time limit that is none', { find: 'things', maxTimeMS: -1 }, 2],
    ['a hint to an index that is not there', { find: 'things', hint: 'nowhere' }, 2],
    ['no documents to insert', { insert: 'things', documents: [] }, 16],
    ['an empty collection name', { find: '' }, 73],
    ['a collection name with a dollar', { insert: 'a$b', documents: [{ a: 1 }] }, 73],
    ['a collection name of the system', { create: 'system.mine' }, 73],
    ['a pipeline without a cursor', { aggregate: 'things', pipeline: [] }, 9],
    ['an aggregation of no collection', { aggregate: 1, pipeline: [{ $match: {} }], cursor: {} }, 73],
    ['a delete that says neither one nor all', { delete: 'things', deletes: [{ q: {}, limit: 2 }] }, 9],
    ['an update that is none', { update: 'things', updates: [{ q: {}, u: 'x' }] }, 9],
    ['neither a change nor a removal', { findAndModify: 'things', query: {} }, 9],
  ])('%s is refused', async (_, command, code) => {
    expect(await codeOf(command)).toBe(code);
  });
});

describe('a document is refused', () => {
  const insert = (document: object): Promise<unknown> => open.db.collection('things').insertOne(document);

  it.each([
    ['with a list as its id', { _id: [1] }, 53],
    ['with a regular expression as its id', { _id: /x/ }, 53],
    ['with an operator in its id', { _id: { $gt: 1 } }, 52],
    ['with an id that is there already', { _id: 1 }, 11000],
  ])('%s', async (_, document, code) => {
    expect((await failureOf(insert(document))).code).toBe(code);
  });

  it('when an update makes it larger than 16 MiB', async () => {
    const things = open.db.collection<{ _id: number }>('things');
    const text = 'x'.repeat(9 * 1024 * 1024);
    await things.updateOne({ _id: 1 }, { $set: { one: text } });

    const failure = await failureOf(things.updateOne({ _id: 1 }, { $set: { two: text } }));

    expect(failure.code).toBe(10334);
    expect(Object.keys((await things.findOne({ _id: 1 })) ?? {})).toEqual(['_id', 'one']);
  });

  it('by the validator of its collection, unless the client bypasses it', async () => {
    await open.db.createCollection('strict', { validator: { age: { $gte: 18 } } });
    const strict = open.db.collection('strict');

    expect((await failureOf(strict.insertOne({ age: 17 }))).code).toBe(121);
    await strict.insertOne({ age: 17 }, { bypassDocumentValidation: true });
    await strict.insertOne({ age: 18 });
    expect((await failureOf(strict.updateOne({ age: 18 }, { $set: { age: 2 } }))).code).toBe(121);

    expect(await strict.countDocuments()).toBe(2);
  });
});
