import { expect, it } from 'vitest';
import { handedOver } from '../../src/base/handed-over.js';
import { collect } from '../kit/house.js';

/** Counts from 1, and notes what becomes of it. */
function counting(end: number) {
  const told: string[] = [];
  let count = 0;
  const source: AsyncIterator<number> = {
    async next() {
      count += 1;
      if (count === 4 && end === Infinity) throw new Error('broken');
      return count > end ? { done: true, value: undefined } : { done: false, value: count };
    },
    async return() {
      told.push('left');
      return { done: true, value: undefined };
    },
  };
  return { source, told };
}

/** Watches until a value is at least `enough`. */
function watched({ source, told }: ReturnType<typeof counting>, enough: number): AsyncIterable<number> {
  return handedOver<number>(async function* (handOver) {
    try {
      for await (const value of { [Symbol.asyncIterator]: () => source }) {
        told.push(`saw ${value}`);
        if (value >= enough) handOver(source);
        yield value * 10;
      }
    } catch {
      told.push('saw it break');
    }
  });
}

it('gives what is watched, and then what is not', async () => {
  const numbers = counting(4);

  const values = await collect(watched(numbers, 2));

  expect(values).toEqual([10, 20, 3, 4]);
  expect(numbers.told).toEqual(['saw 1', 'saw 2']);
});

it('ends while it is watched still', async () => {
  expect(await collect(watched(counting(2), 5))).toEqual([10, 20]);
});

it.each([
  ['before it was handed over', 5, [10]],
  ['after', 1, [10]],
])('lets its source go when its reader leaves %s', async (_, enough, expected) => {
  const numbers = counting(9);
  const values: number[] = [];

  for await (const value of watched(numbers, enough)) {
    values.push(value);
    break;
  }

  expect(values).toEqual(expected);
  expect(numbers.told).toEqual(['saw 1', 'left']);
});

it('throws what its source throws once that is not watched', async () => {
  const numbers = counting(Infinity);
  await expect(collect(watched(numbers, 2))).rejects.toThrow('broken');
  expect(numbers.told).not.toContain('saw it break');
});

it('begins nothing if its reader leaves at once', async () => {
  const numbers = counting(3);
  const reader = watched(numbers, 1)[Symbol.asyncIterator]();

  await reader.return?.();

  expect(await reader.next()).toEqual({ done: true, value: undefined });
  expect(numbers.told).toEqual([]);
});
