import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ThinkReader } from '../../src/domain/models/think-tags.js';

function read(...pieces: string[]) {
  const reader = new ThinkReader();
  const parts = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  const joined = (type: string) =>
    parts.map((part) => (part.type === type && 'text' in part ? part.text : '')).join('');
  return { reasoning: joined('reasoning-delta'), text: joined('text-delta') };
}

it.each([
  ['<think>음… 9시다.</think>\n\n지금은 9시입니다.', { reasoning: '음… 9시다.', text: '지금은 9시입니다.' }],
  ['\n<think>\nhm\n</think>hi', { reasoning: '\nhm\n', text: 'hi' }],
  ['<think></think>hi', { reasoning: '', text: 'hi' }],
  ['<think>cut off', { reasoning: 'cut off', text: '' }],
  ['Use <think> in your text.', { reasoning: '', text: 'Use <think> in your text.' }],
  [' <b>bold</b>', { reasoning: '', text: ' <b>bold</b>' }],
  ['<thi', { reasoning: '', text: '<thi' }],
  ['<think>a < b </ c</think>yes', { reasoning: 'a < b </ c', text: 'yes' }],
])('reads %j', (text, expected) => {
  expect(read(text)).toEqual(expected);
  expect(read(...text)).toEqual(expected);
});

it('lets thoughts and answers out as they come', () => {
  const reader = new ThinkReader();

  expect(reader.push('<think>one ')).toEqual([{ type: 'reasoning-delta', text: 'one ' }]);
  expect(reader.push('two</th')).toEqual([{ type: 'reasoning-delta', text: 'two' }]);
  expect(reader.push('ink>\n')).toEqual([]);
  expect(reader.push('three')).toEqual([{ type: 'text-delta', text: 'three' }]);
});

it('loses no character of an answer without tags, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('<', 't', 'h', 'i', 'n', 'k', '>', ' ', '/', '가') })),
      (pieces) => {
        fc.pre(!pieces.join('').trimStart().startsWith('<think>'));
        expect(read(...pieces)).toEqual({ reasoning: '', text: pieces.join('') });
      },
    ),
  );
});

it('holds no blanks back that never end', () => {
  const reader = new ThinkReader();

  const told = Array.from({ length: 100 }, () => reader.push(' '.repeat(100))).flat();

  expect(told.length).toBeGreaterThan(50);
});
