import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ThinkReader } from '../../src/infra/openai/think-reader.js';

function read(...pieces: string[]) {
  const reader = new ThinkReader();
  const found = { reasoning: '', text: '' };
  for (const part of [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]) {
    if (part.type === 'reasoning-delta') found.reasoning += part.text;
    if (part.type === 'text-delta') found.text += part.text;
    if (part.type === 'text-was-thought') Object.assign(found, { reasoning: found.reasoning + found.text, text: '' });
  }
  return found;
}

it.each([
  ['<think>음… 9시다.</think>\n\n지금은 9시입니다.', { reasoning: '음… 9시다.', text: '지금은 9시입니다.' }],
  ['\n<think>\nhm\n</think>hi', { reasoning: '\nhm\n', text: 'hi' }],
  ['<think></think>hi', { reasoning: '', text: 'hi' }],
  ['<think>cut off', { reasoning: 'cut off', text: '' }],
  ['<think>cut off</th', { reasoning: 'cut off</th', text: '' }],
  ['Use <think> in your text.', { reasoning: '', text: 'Use <think> in your text.' }],
  [' <b>bold</b>', { reasoning: '', text: ' <b>bold</b>' }],
  ['<thi', { reasoning: '', text: '<thi' }],
  ['Hm.\nIt is 9.\n</think>\n\n9시입니다.', { reasoning: 'Hm.\nIt is 9.\n', text: '9시입니다.' }],
  ['</think>\n\nhi', { reasoning: '', text: 'hi' }],
  ['</think>hi', { reasoning: '', text: 'hi' }],
  ['Hm. It is 9.</think>\n\nIt is 9.', { reasoning: 'Hm. It is 9.', text: 'It is 9.' }],
  ['Hm.</think>\r\n\r\nIt is 9.\r\n', { reasoning: 'Hm.', text: 'It is 9.\r\n' }],
  ['It ends at </think>\nthere.', { reasoning: '', text: 'It ends at </think>\nthere.' }],
  ['<think>a</think>b</think>\n\nc', { reasoning: 'a', text: 'b</think>\n\nc' }],
  ['It ends at </think>', { reasoning: '', text: 'It ends at </think>' }],
  ['a</think></think>\n\nb', { reasoning: 'a</think>', text: 'b' }],
  ['<think>a</think>b\n</think>\nc', { reasoning: 'a', text: 'b\n</think>\nc' }],
  [
    'So:\n<think>\nhm\n</think>\nis how it looks.',
    { reasoning: '', text: 'So:\n<think>\nhm\n</think>\nis how it looks.' },
  ],
  ['Write </think> where it ends.\n', { reasoning: '', text: 'Write </think> where it ends.\n' }],
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
      fc.array(fc.string({ unit: fc.constantFrom('<', 't', 'h', 'i', 'n', 'k', '>', ' ', '/', '가', '\n', '\r') })),
      (pieces) => {
        fc.pre(!pieces.join('').trimStart().startsWith('<think>'));
        expect(read(...pieces)).toEqual({ reasoning: '', text: pieces.join('') });
      },
    ),
  );
});

it('lets the end of a line out at once, though a closing tag may begin the next', () => {
  const reader = new ThinkReader();

  expect(reader.push('It is 9.\n')).toEqual([{ type: 'text-delta', text: 'It is 9.\n' }]);
});

it('holds no blanks back that never end', () => {
  const reader = new ThinkReader();

  const told = Array.from({ length: 100 }, () => reader.push(' '.repeat(100))).flat();

  expect(told.length).toBeGreaterThan(50);
});

it.each(['\n', ''])('reads the same however an answer with a closing tag alone is cut, after %j', (lineEnd) => {
  const text = `Is 1 < 2?\nYes.${lineEnd}</think>\n\nYes, <b>it</b> is.\n`;

  fc.assert(
    fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const pieces = places.slice(1).map((end, at) => text.slice(places[at], end));

      expect(read(...pieces)).toEqual({ reasoning: `Is 1 < 2?\nYes.${lineEnd}`, text: 'Yes, <b>it</b> is.\n' });
    }),
  );
});
