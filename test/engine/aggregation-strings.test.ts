import { describe, expect, it } from 'vitest';
import { check, evaluate, refuse } from './expressions.js';

describe('strings', () => {
  check([
    ['$concat', { $concat: ['a', '$s'] }, 'ab', { s: 'b' }],
    ['$concat with missing', { $concat: ['a', '$s'] }, null],
    ['$toUpper of missing', { $toUpper: '$s' }, ''],
    ['$toLower', { $toLower: 'ÄB' }, 'Äb'],
    ['$substrBytes', { $substrBytes: ['hello', 1, 3] }, 'ell'],
    ['$substrCP of two-unit characters', { $substrCP: ['🍅🍅ab', 1, 2] }, '🍅a'],
    ['$substr to the end', { $substr: ['hello', 2, -1] }, 'llo'],
    ['$strLenBytes', { $strLenBytes: '한🍅' }, 7],
    ['$strLenCP', { $strLenCP: '한🍅' }, 2],
    ['$split', { $split: ['a,b', ','] }, ['a', 'b']],
    ['$trim', { $trim: { input: ' \n a ' } }, 'a'],
    ['$ltrim of characters', { $ltrim: { input: 'xxyax', chars: 'yx' } }, 'ax'],
    ['$indexOfCP', { $indexOfCP: ['🍅ab', 'b'] }, 2],
    ['$indexOfBytes', { $indexOfBytes: ['🍅ab', 'b'] }, 5],
    ['$indexOfCP of missing', { $indexOfCP: ['$s', 'b'] }, null],
    ['$indexOfCP from beyond', { $indexOfCP: ['ab', 'a', 5] }, -1],
    ['$replaceOne', { $replaceOne: { input: 'aXbX', find: 'X', replacement: { $literal: '$&' } } }, 'a$&bX'],
    ['$replaceAll', { $replaceAll: { input: 'aXbX', find: 'X', replacement: '-' } }, 'a-b-'],
    ['$strcasecmp', { $strcasecmp: ['aB', 'Ab'] }, 0],
  ]);
  refuse([
    ['$concat of a number', { $concat: ['a', 1] }, 16702],
    ['$substrBytes that cuts a character', { $substrBytes: ['한', 1, 1] }, 28656],
    ['$strLenCP of missing', { $strLenCP: '$s' }, 34471],
    ['$indexOfCP in a number', { $indexOfCP: [1, 'a'] }, 40093],
    ['$indexOfCP of a number', { $indexOfCP: ['a', 1] }, 40094],
    ['$split by nothing', { $split: ['a', ''] }, 40087],
  ]);
});

describe('patterns', () => {
  check([
    ['$regexMatch', { $regexMatch: { input: 'Abc', regex: '^a', options: 'i' } }, true],
    ['$regexMatch of missing', { $regexMatch: { input: '$s', regex: 'a' } }, false],
    [
      '$regexFind',
      { $regexFind: { input: '🍅 a1', regex: /([a-z])(\d)?(x)?/ } },
      { match: 'a1', idx: 2, captures: ['a', '1', null] },
    ],
    ['$regexFind of nothing', { $regexFind: { input: 'a', regex: 'b' } }, null],
    [
      '$regexFindAll',
      { $regexFindAll: { input: 'a1b2', regex: String.raw`\d` } },
      [
        { match: '1', idx: 1, captures: [] },
        { match: '2', idx: 3, captures: [] },
      ],
    ],
    [
      '$regexFindAll of empty matches ends',
      { $regexFindAll: { input: '', regex: '^$' } },
      [{ match: '', idx: 0, captures: [] }],
    ],
    ['$regexFindAll of many empty matches ends', { $size: [{ $regexFindAll: { input: 'abc', regex: '' } }] }, 4],
  ]);
  refuse([
    ['a broken pattern', { $regexMatch: { input: 'a', regex: '(' } }, 51111],
    ['a number as input', { $regexMatch: { input: 1, regex: 'a' } }, 51104],
    ['options twice', { $regexMatch: { input: 'a', regex: /a/i, options: 'm' } }, 51107],
  ]);
});

it('takes less than a moment for a pattern of many empty matches', () => {
  expect(evaluate({ $size: [{ $regexFindAll: { input: 'x'.repeat(10_000), regex: 'y*' } }] })).toEqual({
    $numberInt: '10001',
  });
});
