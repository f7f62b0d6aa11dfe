import { describe, expect, it } from 'vitest';
import { translateRegex } from '../../src/infra/engine/values/regex.js';

const matches = (pattern: string, options: string, text: string): boolean => {
  const regex = translateRegex(pattern, options);
  if (typeof regex === 'string') throw new Error(regex);
  return regex.test(text);
};

describe('a pattern of PCRE', () => {
  it.each<[string, string, string, string, boolean]>([
    ['inline options', '(?i)abc', '', 'ABC', true],
    ['option x, which leaves out white space and comments', 'a b # end\n c', 'x', 'abc', true],
    ['white space in a class under option x', 'a[ ]b', 'x', 'a b', true],
    ['option s', 'a.b', 's', 'a\nb', true],
    ['option m', '^b', 'm', 'a\nb', true],
    [String.raw`\A under option m`, String.raw`\Ab`, 'm', 'a\nb', false],
    [String.raw`\Z before the last line break`, String.raw`b\Z`, '', 'ab\n', true],
    [String.raw`\z at the very end`, String.raw`b\z`, '', 'ab\n', false],
    ['named groups', '(?P<x>a)(?P=x)', '', 'aa', true],
    ['classes by name', '^[[:alpha:][:digit:]]+$', '', 'ab12', true],
    ['needless escapes', String.raw`a\-b\_c`, '', 'a-b_c', true],
    ['a dot for one character, whatever its size', '^.$', '', '🍅', true],
  ])('has %s', (_, pattern, options, text, expected) => {
    expect(matches(pattern, options, text)).toBe(expected);
  });

  it('is told to be wrong with what is wrong', () => {
    expect(translateRegex('(', '')).toEqual(expect.any(String));
    expect(translateRegex('a', 'q')).toEqual(expect.any(String));
  });
});

describe('a pattern that could be tried without end', () => {
  it.each([
    ['repetitions of repetitions', '^(a+)+$'],
    ['choice after choice', `${'a?'.repeat(40)}${'a'.repeat(61)}`],
    ['a choice again and again', '^(a|aa){40}$'],
  ])('is stopped: %s', (_, pattern) => {
    const start = Date.now();

    expect(() => matches(pattern, '', `${'a'.repeat(60)}b`)).toThrow(expect.objectContaining({ code: 51156 }));
    expect(Date.now() - start).toBeLessThan(10_000);
  });

  it('is stopped in a long text though it only repeats once', () => {
    expect(() => matches('a*a*a*a*b', '', 'a'.repeat(20_000))).toThrow(expect.objectContaining({ code: 51156 }));
  });

  it('still finds what is quickly found', () => {
    expect(matches('^(a+)+$', '', 'a'.repeat(60))).toBe(true);
  });
});
