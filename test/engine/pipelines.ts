import { expect, it } from 'vitest';
import { compilePipeline } from '../../src/infra/engine/aggregation/pipeline.js';
import type { Pipeline } from '../../src/infra/engine/aggregation/pipeline.js';
import { compileFilter } from '../../src/infra/engine/query/filter.js';
import type { Document } from '../../src/infra/engine/values/types.js';
import { bson, env, typed } from './bson.js';

/** What a pipeline finds around it. */
export type World = {
  readonly others?: Record<string, object[]>;
  readonly memoryLimit?: number;
  readonly collation?: object;
  readonly checkTime?: () => void;
};

export const compile = (
  stages: object[],
  { others = {}, memoryLimit = 1e8, collation, checkTime }: World = {},
): Pipeline =>
  compilePipeline(
    stages.map((stage) => bson(stage)),
    {
      ...env({ ...(collation && { collation }) }),
      ...(checkTime && { checkTime }),
      memoryLimit,
      find: (collection, filter, inner) => (others[collection] ?? []).map(bson).filter(compileFilter(filter, inner)),
    },
  );

export const run = (documents: object[], stages: object[], world?: World): Document[] => {
  const pipeline = compile(stages, world);
  return [...pipeline.run(documents.map(bson).filter(compileFilter(pipeline.leadingFilter, env())))];
};

export const expectResult = (documents: object[], stages: object[], expected: object[], world?: World): void => {
  const result = run(documents, stages, world);
  expect(result.map(typed)).toEqual(expected.map((document) => typed(bson(document))));
  expect(result.map((document) => Object.keys(document))).toEqual(expected.map((document) => Object.keys(document)));
};

export type Row = [title: string, documents: object[], stages: object[], expected: object[]];

/** One test for each row. */
export const checkAll = (rows: Row[]) =>
  it.each(rows)('%s', (_, documents, stages, expected) => {
    expectResult(documents, stages, expected);
  });
