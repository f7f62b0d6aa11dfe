import { describe, expect, it } from 'vitest';
import type { Document } from '../../src/infra/engine/values/types.js';
import { bson, typed } from './bson.js';
import { compile, expectResult, run } from './pipelines.js';

const numbers = [{ a: 1 }, { a: 2 }, { a: 3 }];

describe('$lookup', () => {
  const others = {
    c: [
      { _id: 1, k: 'x', n: 1 },
      { _id: 2, k: 'y', n: 2 },
      { _id: 3, n: 3 },
      { _id: 4, k: ['x', 'z'], n: 4 },
    ],
  };
  const join = (local: object, spec: object) =>
    run([local], [{ $lookup: { from: 'c', as: 'j', ...spec } }], { others })[0];
  const joined = (document: Document | undefined) => (document?.j ?? []) as Document[];
  const ids = (document: Document | undefined) => joined(document).map(({ _id }) => Number(_id));

  it.each<[string, object, number[]]>([
    ['a value with equal ones and with arrays that hold it', { k: 'x' }, [1, 4]],
    ['an array with what any element joins with', { k: ['x', 'y'] }, [1, 2, 4]],
    ['missing with null and missing', {}, [3]],
    ['nothing with nothing', { k: 'q' }, []],
  ])('joins %s', (_, local, expected) => {
    expect(ids(join(local, { localField: 'k', foreignField: 'k' }))).toEqual(expected);
  });

  it('joins fields of documents in an array, those that have none left out', () => {
    expect(ids(join({ it: [{ p: 'y' }, {}] }, { localField: 'it.p', foreignField: 'k' }))).toEqual([2]);
  });

  it('joins by a pipeline with variables', () => {
    const pipeline = [{ $match: { $expr: { $gt: ['$n', '$$least'] } } }, { $project: { _id: 1 } }];

    expect(ids(join({ m: 2 }, { let: { least: '$m' }, pipeline }))).toEqual([3, 4]);
  });

  it('joins by fields and a pipeline', () => {
    expect(ids(join({ k: 'x' }, { localField: 'k', foreignField: 'k', pipeline: [{ $sort: { n: -1 } }] }))).toEqual([
      4, 1,
    ]);
  });

  it('puts the result into a document', () => {
    expectResult(
      [{ k: 'y', x: { z: 1 } }],
      [{ $lookup: { from: 'c', localField: 'k', foreignField: 'k', as: 'x.y' } }],
      [{ k: 'y', x: { z: 1, y: [{ _id: 2, k: 'y', n: 2 }] } }],
      { others },
    );
  });

  it('reads the variables of the lookup around it', () => {
    const inner = {
      $lookup: {
        from: 'c',
        let: { n: '$n' },
        pipeline: [{ $match: { $expr: { $eq: ['$n', { $add: ['$$n', '$$o'] }] } } }],
        as: 'i',
      },
    };
    const result = join({ m: 1 }, { let: { o: '$m' }, pipeline: [{ $match: { n: 1 } }, inner] });

    expect(joined(result)[0]?.i).toHaveLength(1);
  });
});

describe('$graphLookup', () => {
  const others = {
    staff: [
      { _id: 1, name: 'ann' },
      { _id: 2, name: 'bob', boss: 'ann' },
      { _id: 3, name: 'cat', boss: 'bob' },
      { _id: 4, name: 'dan', boss: ['cat', 'eve'] },
      { _id: 5, name: 'eve', boss: 'dan' },
    ],
  };
  const reach = (spec: object) =>
    run(
      [{ b: 'cat' }],
      [
        {
          $graphLookup: {
            from: 'staff',
            startWith: '$b',
            connectFromField: 'boss',
            connectToField: 'name',
            as: 'r',
            ...spec,
          },
        },
      ],
      { others },
    ).flatMap(({ r }) =>
      (r as Document[]).map(({ name, depth }) => [name, ...(depth === undefined ? [] : [Number(depth)])]),
    );

  it('reaches step by step, each document once, also in a circle', () => {
    expect(reach({})).toEqual([['cat'], ['bob'], ['ann']]);
    expect(new Set(reach({ startWith: 'dan' }).flat())).toEqual(new Set(['ann', 'bob', 'cat', 'dan', 'eve']));
  });

  it('tells how far it went, goes no further than asked, and only where it may', () => {
    expect(reach({ maxDepth: 1, depthField: 'depth' })).toEqual([
      ['cat', 0],
      ['bob', 1],
    ]);
    expect(reach({ restrictSearchWithMatch: { name: { $ne: 'bob' } } })).toEqual([['cat']]);
  });

  it.each(['connectFromField', 'connectToField', 'as', 'depthField'])('refuses a dollar sign in %s', (part) => {
    expect(() => reach({ [part]: '$boss' })).toThrow(expect.objectContaining({ code: 16410 }));
  });
});

describe('stages that combine', () => {
  const others = { c: [{ b: 1 }, { b: 2 }] };

  it('$unionWith appends another collection', () => {
    expectResult([{ a: 1 }], [{ $unionWith: { coll: 'c', pipeline: [{ $match: { b: 2 } }] } }], [{ a: 1 }, { b: 2 }], {
      others,
    });
    expectResult([], [{ $unionWith: 'c' }], others.c, { others });
  });

  it('$facet runs several pipelines over the same documents', () => {
    expectResult(
      numbers,
      [{ $facet: { n: [{ $count: 'n' }], top: [{ $sort: { a: -1 } }, { $limit: 1 }], none: [{ $match: { a: 9 } }] } }],
      [{ n: [{ n: 3 }], top: [{ a: 3 }], none: [] }],
    );
  });
});

describe('$out and $merge', () => {
  it('say where the result goes', () => {
    expect(compile([{ $match: { a: 1 } }, { $out: 'x' }]).writesTo).toEqual({
      kind: 'out',
      target: { collection: 'x' },
    });
    expect(compile([{ $out: { db: 'd', coll: 'x' } }]).writesTo).toEqual({
      kind: 'out',
      target: { database: 'd', collection: 'x' },
    });
    expect(compile([{ $merge: 'x' }]).writesTo).toMatchObject({
      kind: 'merge',
      target: { collection: 'x' },
      on: ['_id'],
      whenNotMatched: 'insert',
    });
  });

  it('combine by a pipeline with variables of the incoming document', () => {
    const { writesTo } = compile([
      { $merge: { into: 'x', let: { more: '$b' }, whenMatched: [{ $set: { b: { $add: ['$b', '$$more'] } } }] } },
    ]);
    if (writesTo?.kind !== 'merge') throw new Error('no $merge');

    expect(typed(writesTo.combine(bson({ _id: 1, b: 2 }), bson({ _id: 1, b: 3 })))).toEqual(
      typed(bson({ _id: 1, b: 5 })),
    );
  });

  it.each<[string, unknown, object | undefined]>([
    ['merge', undefined, { _id: 1, a: 1, b: 3, c: 4 }],
    ['replace', 'replace', { _id: 1, b: 3, c: 4 }],
    ['keepExisting', 'keepExisting', undefined],
    ['a pipeline', [{ $set: { b: { $add: ['$b', '$$new.b'] } } }], { _id: 1, a: 1, b: 5 }],
  ])('combine by %s', (_, whenMatched, expected) => {
    const { writesTo } = compile([
      { $merge: { into: 'x', on: ['a'], ...(whenMatched !== undefined && { whenMatched }) } },
    ]);
    if (writesTo?.kind !== 'merge') throw new Error('no $merge');

    const combined = writesTo.combine(bson({ _id: 1, a: 1, b: 2 }), bson({ _id: 9, b: 3, c: 4 }));

    expect(combined && typed(combined)).toEqual(expected && typed(bson(expected)));
  });
});
