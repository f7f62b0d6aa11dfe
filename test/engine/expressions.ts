import { expect, it } from 'vitest';
import { compileExpression } from '../../src/infra/engine/expression/expression.js';
import type { Value } from '../../src/infra/engine/values/types.js';
import { bson, env, typed, value } from './bson.js';

/** What an expression gives for a document, in canonical extended JSON. */
export const evaluate = (expression: unknown, document: object = {}, options?: Parameters<typeof env>[0]): unknown =>
  typed(compileExpression(value(expression), env(options))(bson(document)));

export const MISSING = Symbol('missing');

export const expectValue = (expression: unknown, expected: unknown, document: object = {}): void => {
  const wanted: Value = expected === MISSING ? '(missing)' : typed(value(expected));
  expect(evaluate(expression, document)).toEqual(wanted);
};

export const expectRefused = (expression: unknown, code: number, document: object = {}): void => {
  expect(() => evaluate(expression, document)).toThrow(expect.objectContaining({ code }));
};

type Row = [title: string, expression: unknown, expected: unknown, document?: object];

/** One test for each row. */
export const check = (rows: Row[]) =>
  it.each(rows)('%s', (_, expression, expected, document) => {
    expectValue(expression, expected, document);
  });

type Refusal = [title: string, expression: unknown, code: number, document?: object];

/** One test for each row. */
export const refuse = (rows: Refusal[]) =>
  it.each(rows)('refuses %s', (_, expression, code, document) => {
    expectRefused(expression, code, document);
  });
