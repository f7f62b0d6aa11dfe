import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type OpenEngine, openTestEngine } from './kit.js';

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());
beforeEach(async () => {
  await open.db.dropDatabase();
  const things = open.db.collection<{ _id: number; a: number; b: number }>('things');
  await things.createIndex({ a: 1 });
  await things.insertMany(Array.from({ length: 9 }, (_, at) => ({ _id: at, a: at % 3, b: at })));
});

const explain = (command: object) => open.db.command({ explain: command });

const BY_INDEX = { queryPlanner: { winningPlan: { inputStage: { indexName: 'a_1' } } } };

describe('the index is told of', () => {
  it.each([
    ['an update', { update: 'things', updates: [{ q: { a: 1 }, u: { $set: { b: 0 } }, multi: true }] }, 3],
    ['an update of one', { update: 'things', updates: [{ q: { a: 1 }, u: { $set: { b: 0 } } }] }, 1],
    ['a delete', { delete: 'things', deletes: [{ q: { a: 1 }, limit: 0 }] }, 3],
    ['a findAndModify', { findAndModify: 'things', query: { a: 1 }, remove: true }, 1],
    ['a find with a limit', { find: 'things', filter: { a: 1 }, limit: 2 }, 2],
    ['a sorted find with a limit', { find: 'things', filter: { a: 1 }, sort: { b: 1 }, limit: 2 }, 3],
    ['a distinct', { distinct: 'things', key: 'b', query: { a: 1 } }, 3],
    ['a count', { count: 'things', query: { a: 1 } }, 3],
  ])('%s', async (_, command, totalDocsExamined) => {
    expect(await explain(command)).toMatchObject({ ...BY_INDEX, executionStats: { totalDocsExamined } });
  });
});

it('changes nothing', async () => {
  await explain({ delete: 'things', deletes: [{ q: {}, limit: 0 }] });

  expect(await open.db.collection('things').countDocuments()).toBe(9);
});

it('tells what a pipeline does after its search', async () => {
  const group = { $group: { _id: '$b' } };

  const told = await explain({ aggregate: 'things', pipeline: [{ $match: { a: 1 } }, group], cursor: {} });

  expect(told).toMatchObject({ stages: [{ $cursor: BY_INDEX }, group] });
});

it('explains an aggregate that asks for it, and writes nothing', async () => {
  const pipeline = [{ $match: { a: 1 } }, { $out: 'others' }];

  const told = await open.db.command({ aggregate: 'things', pipeline, explain: true });

  expect(told).toMatchObject({ stages: [{ $cursor: BY_INDEX }, { $out: 'others' }] });
  expect(await open.db.collection('others').countDocuments()).toBe(0);
});

it('looks through a view', async () => {
  await open.db.createCollection('ones', { viewOn: 'things', pipeline: [{ $match: { a: 1 } }] });

  expect(await explain({ find: 'ones', filter: { b: 4 } })).toHaveProperty(
    'stages.0.$cursor.queryPlanner.parsedQuery',
    {
      a: 1,
    },
  );
});

it('tells what a find does to a view', async () => {
  await open.db.createCollection('ones', { viewOn: 'things', pipeline: [{ $match: { a: 1 } }] });

  const told = await explain({ find: 'ones', filter: { b: 4 }, skip: 1, limit: 2, projection: { b: 1 } });

  expect(told).toMatchObject({
    stages: [{}, { $match: { b: 4 } }, { $skip: 1 }, { $limit: 2 }, { $project: { b: 1 } }],
  });
});

it.each(['things', 'missing'])('explains a search in the order of its storage of %s', async (find) => {
  expect(await explain({ find, sort: { $natural: -1 } })).toMatchObject({ ok: 1 });
});

it('explains a search for a text, the best first', async () => {
  await open.db.collection('things').createIndex({ title: 'text' });
  const query = { $text: { $search: 'apples' } };
  const sort = { score: { $meta: 'textScore' } };

  expect(await explain({ find: 'things', filter: query, sort })).toMatchObject({ ok: 1 });
  expect(await explain({ findAndModify: 'things', query, sort, remove: true })).toMatchObject({ ok: 1 });
});

describe('refuses', () => {
  it.each([
    ['a command that nobody knows', { foo: 'things' }, 59],
    ['a command that looks for nothing', { insert: 'things', documents: [] }, 20],
    ['a field that the command does not know', { find: 'things', flter: {} }, 40415],
    ['a projection that both takes and leaves out', { find: 'things', projection: { a: 1, b: 0 } }, 31254],
    ['an option that is not done here', { find: 'things', min: { a: 1 } }, 238],
    ['a stage that nobody knows', { aggregate: 'things', pipeline: [{ $match: {} }, { $foo: 1 }] }, 40324],
    ['an update that is none', { update: 'things', updates: [{ q: {}, u: { $foo: 1 } }] }, 9],
    [
      'two updates',
      {
        update: 'things',
        updates: [
          { q: {}, u: {} },
          { q: {}, u: {} },
        ],
      },
      16,
    ],
    ['a replacement of many', { update: 'things', updates: [{ q: {}, u: { b: 0 }, multi: true }] }, 9],
    ['an update that is none in a findAndModify', { findAndModify: 'things', query: {}, update: { $foo: 1 } }, 9],
    ['an update and a removal', { findAndModify: 'things', query: {}, update: {}, remove: true }, 9],
    ['neither an update nor a removal', { findAndModify: 'things', query: {} }, 9],
    ['another database', { find: 'things', $db: 'other' }, 73],
    ['a write concern in an aggregate', { aggregate: 'things', pipeline: [], writeConcern: { w: 1 } }, 9],
  ])('%s', async (_, command, code) => {
    expect(await failureOf(explain(command))).toMatchObject({ code });
  });

  it('a write concern', async () => {
    const command = { explain: { find: 'things' }, writeConcern: { w: 1 } };

    expect(await failureOf(open.db.command(command))).toMatchObject({ code: 72 });
  });
});
