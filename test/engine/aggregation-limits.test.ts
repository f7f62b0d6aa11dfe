import { describe, expect, it } from 'vitest';
import { EngineError, maxTimeExpired } from '../../src/infra/engine/errors.js';
import { run } from './pipelines.js';

/** Makes a value of itself again and again. */
const grow = (step: unknown, initialValue: unknown = '$a') => ({
  $reduce: { input: { $range: [0, 1000] }, initialValue, in: step },
});

describe('a pipeline keeps its limits', () => {
  const many = Array.from({ length: 100 }, (_, n) => ({ n, text: 'x'.repeat(100) }));

  it.each<[string, object[]]>([
    ['$sort', [{ $sort: { n: -1 } }]],
    ['$group that gathers', [{ $group: { _id: null, all: { $push: '$text' } } }]],
    ['$group of many keys', [{ $group: { _id: '$n' } }]],
    ['$facet', [{ $facet: { a: [] } }]],
  ])('of memory in a %s', (_, stages) => {
    expect(() => run(many, stages, { memoryLimit: 5000 })).toThrow(
      expect.objectContaining({ code: 292, codeName: 'QueryExceededMemoryLimitNoDiskUseAllowed' }),
    );
  });

  it('of memory, but not where a sort need keep only a few', () => {
    expect(run(many, [{ $sort: { n: -1 } }, { $limit: 1 }], { memoryLimit: 10_000 })).toHaveLength(1);
  });

  const long = 'x'.repeat(1_000_000);
  const part = 'x'.repeat(10_000);
  const replacing = { input: '$$value', find: part, replacement: part + part };

  it.each<[string, object[], number]>([
    ['documents in themselves', Array.from({ length: 60 }, () => ({ $set: { a: '$$ROOT', b: '$$ROOT' } })), 10334],
    ['fields twice in each stage', Array.from({ length: 60 }, () => ({ $project: { a: ['$a', '$a'] } })), 10334],
    ['lists of lists', [{ $project: { a: grow(['$$value', '$$value']) } }], 10334],
    ['joined lists', [{ $project: { a: grow({ $concatArrays: ['$$value', '$$value'] }) } }], 10334],
    ['texts', [{ $project: { a: grow({ $concat: ['$$value', '$$value'] }, '$text') } }], 10334],
    ['replaced texts', [{ $project: { a: grow({ $replaceAll: replacing }, '$text') } }], 10334],
    ['documents in documents', [{ $project: { a: grow({ a: '$$value' }) } }], 15],
  ])('of size, made of %s', (_, stages, code) => {
    expect(() => run([{ a: [long], text: long }], stages)).toThrow(expect.objectContaining({ code }));
  });

  it.each<[string, object[]]>([
    ['$match', [{ $limit: 1000 }, { $match: { a: 1 } }]],
    ['$group', [{ $group: { _id: null } }]],
    ['$sort', [{ $sort: { n: 1 } }]],
    ['$skip', [{ $skip: 1000 }]],
    ['$unwind', [{ $unwind: '$n' }]],
    ['$map', [{ $project: { a: { $map: { input: { $range: [0, 10] }, in: 1 } } } }]],
  ])('of time in a %s', (_, stages) => {
    const checkTime = () => {
      throw maxTimeExpired();
    };

    expect(() => run(many, stages, { checkTime })).toThrow(EngineError);
  });
});
