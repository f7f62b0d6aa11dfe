import { describe, expect, it } from 'vitest';
import { answerSchema } from '../../src/domain/agent/answer-schema.js';

/** Schemas come from users, and answers from models: neither may keep the server busy, or break it. */

const problemOf = (schema: unknown, answer: string) => answerSchema('responseSchema', schema).problemOf(answer);

it('finds nothing wrong with what fits, also where a schema speaks of itself', () => {
  const tree = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } };

  expect(problemOf(tree, '{"children": [{"children": []}, {}]}')).toBeNull();
  expect(problemOf(tree, '{"children": [{"children": 7}]}')).toMatch(/expected array/);
});

it('says briefly what is wrong, however much is', () => {
  const problem = problemOf({ type: 'array', items: { type: 'string' } }, JSON.stringify(Array(500).fill(7)));

  expect(problem).toMatch(/expected string/);
  expect(problem!.length).toBeLessThanOrEqual(2_001);
});

it('does not break over an answer that is nested without end', () => {
  const depth = 100_000;

  expect(problemOf({ type: 'array', items: { $ref: '#' } }, '['.repeat(depth) + ']'.repeat(depth))).toMatch(/nested/);
  expect(problemOf({}, '['.repeat(depth))).toMatch(/not JSON/);
});

describe('a check that would take long', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, level) => {
      const items = { $ref: `#/$defs/level${level + 1}` };
      return [
        `level${level}`,
        {
          anyOf: [
            { type: 'array', items },
            { type: 'array', items },
          ],
        },
      ];
    }),
  );

  it.each<[string, object, string]>([
    [
      'of a schema that tries everything twice',
      { $ref: '#/$defs/level0', $defs: { ...doubling, level40: { type: 'string' } } },
      `${'['.repeat(39)}7${']'.repeat(39)}`,
    ],
    [
      'of many values by many alternatives',
      { type: 'array', items: { anyOf: Array.from({ length: 900 }, (_, n) => ({ const: n })) } },
      JSON.stringify(Array(50_000).fill(-1)),
    ],
  ])('is given up soon: %s', (_what, schema, answer) => {
    const check = answerSchema('responseSchema', schema);
    const startedAt = performance.now();

    expect(check.problemOf(answer)).toMatch(/too long to check/);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

it.each([
  ['no object', 'string'],
  ['an unknown type', { type: 'nonsense' }],
  ['a reference to elsewhere', { $ref: 'https://example.com/schema.json' }],
  ['a pattern that could run without end', { type: 'string', pattern: '(a+)+$' }],
  ['a name that reaches into our objects', JSON.parse('{"properties": {"__proto__": {"type": "string"}}}')],
  ['nested without end', JSON.parse('{"items":'.repeat(20_000) + '{}' + '}'.repeat(20_000))],
  ['more than its share', { description: 'x'.repeat(16_001) }],
])('refuses a schema that is %s', (_what, schema) => {
  expect(() => answerSchema('responseSchema', schema)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', details: { field: 'responseSchema' } }) as Error,
  );
});
