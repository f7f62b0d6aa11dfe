import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { DocumentCache } from '../../src/api/execution/document-cache.js';

const ANY = parse('{ yes }');

it('keeps 500 documents: one more puts out the one that was not asked for longest', () => {
  const cache = new DocumentCache();
  for (let n = 1; n <= 500; n++) cache.keep(`${n}`, ANY);
  cache.find('1');

  cache.keep('501', ANY);

  expect(['1', '2', '3', '501'].map((text) => cache.find(text))).toEqual([ANY, undefined, ANY, ANY]);
});

it('keeps none of more than 10,000 characters', () => {
  const cache = new DocumentCache();

  cache.keep('x'.repeat(10_000), ANY);
  cache.keep('x'.repeat(10_001), ANY);

  expect([cache.find('x'.repeat(10_000)), cache.find('x'.repeat(10_001))]).toEqual([ANY, undefined]);
});
