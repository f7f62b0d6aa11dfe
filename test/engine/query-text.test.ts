import { Double } from 'bson';
import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../../src/infra/engine/aggregation/pipeline.js';
import { compileFilter } from '../../src/infra/engine/query/filter.js';
import { compileProjection } from '../../src/infra/engine/query/projection.js';
import { compileSort } from '../../src/infra/engine/query/sort.js';
import { withTextScore } from '../../src/infra/engine/query/text-search.js';
import type { TextField } from '../../src/infra/engine/values/env.js';
import { bson, env } from './bson.js';

const TITLE: TextField[] = [{ path: 'title', weight: 1 }];
const withText = (text: TextField[] = TITLE) => ({ ...env(), text, memoryLimit: 1e8, find: () => [] });

const finds = (search: string, title: unknown, text = TITLE): boolean =>
  compileFilter(bson({ $text: { $search: search } }), withText(text))(bson({ title }));

describe('a text search', () => {
  it.each<[string, string, unknown, boolean]>([
    ['any of its words', 'red boat', 'a red house', true],
    ['no word', 'red boat', 'a green house', false],
    ['a word in another form', 'searching', 'two searches', true],
    ['a word in capitals and with accents', 'resume', 'RÉSUMÉ', true],
    ['a Korean word', '토마토', '빨간 토마토', true],
    ['an element of a list', 'red', ['green', 'red'], true],
    ['a whole phrase', '"red house"', 'the red house', true],
    ['the words of a phrase apart', '"red house"', 'the red big house', false],
    ['what has an unwanted word', 'red -house', 'the red house', false],
    ['what has an unwanted phrase', 'red -"red house"', 'the red house', false],
    ['stop words alone', 'the', 'the house', false],
    ['what is no text', 'red', 5, false],
  ])('asked for %s: %j in %j', (_, search, title, expected) => {
    expect(finds(search, title)).toBe(expected);
  });

  it('searches every text where the index does', () => {
    expect(finds('red', { inner: ['a red house'] }, [{ path: '$**', weight: 1 }])).toBe(true);
  });

  it('scores by weight, by how often a word comes and by how much of the text it is', () => {
    const score = (document: object, text?: TextField[]): number =>
      withTextScore(withText(text), bson({ $text: { $search: 'red' } })).textScore?.(bson(document)) ?? Number.NaN;

    expect(score({ title: 'red' })).toBe(1);
    expect(score({ title: 'red' }, [{ path: 'title', weight: 3 }])).toBe(3);
    expect(score({ title: 'red house' })).toBeLessThan(score({ title: 'red red house' }));
    expect(score({ title: 'red house garden' })).toBeLessThan(score({ title: 'red house' }));
  });

  it('gives its score to projections and sorts', () => {
    const filter = bson({ $text: { $search: 'red' } });
    const scored = withTextScore(withText(), filter);
    const [best, other] = [bson({ _id: 1, title: 'red' }), bson({ _id: 2, title: 'red house' })];

    expect(compileProjection(bson({ score: { $meta: 'textScore' } }), withText(), filter)(best)).toEqual({
      ...best,
      score: new Double(1),
    });
    expect(
      [other, best].toSorted(compileSort(bson({ score: { $meta: 'textScore' } }), undefined, scored.textScore)),
    ).toEqual([best, other]);
  });

  it('gives its score to a pipeline as long as the documents are as they were found', () => {
    const match = { $match: { $text: { $search: 'red' } } };
    const sort = { $sort: { score: { $meta: 'textScore' } } };
    const add = { $addFields: { score: { $meta: 'textScore' } } };
    const pipeline = compilePipeline([match, sort, add].map(bson), withText());

    expect([...pipeline.run([bson({ title: 'red house' }), bson({ title: 'red' })])]).toEqual([
      { title: 'red', score: new Double(1) },
      { title: 'red house', score: new Double(0.75) },
    ]);
    expect(() => compilePipeline([match, { $unset: 'title' }, add].map(bson), withText())).toThrow(
      expect.objectContaining({ code: 40218 }),
    );
  });

  it.each<[string, () => unknown, number]>([
    ['without a text index', () => compileFilter(bson({ $text: { $search: 'x' } }), env()), 27],
    ['without words', () => compileFilter(bson({ $text: {} }), withText()), 9],
    [
      'with an option that there is not',
      () => compileFilter(bson({ $text: { $search: 'x', $foo: 1 } }), withText()),
      2,
    ],
    ['for its score where nothing was searched', () => compileSort(bson({ score: { $meta: 'textScore' } })), 40218],
    ['for another score', () => compileSort(bson({ score: { $meta: 'indexKey' } })), 2],
  ])('is refused %s', (_, run, code) => {
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});
