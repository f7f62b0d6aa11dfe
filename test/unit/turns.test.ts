import { describe, expect, it } from 'vitest';
import { Turns } from '../../src/base/turns.js';

describe('turns', () => {
  it('let the works of one key go on one after another, in order, also after one that failed', async () => {
    const turns = new Turns(10);
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} starts`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
      return name;
    };

    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => turns.take('key', work(name))));

    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('let works of different keys overlap', async () => {
    const turns = new Turns(10);
    let release = () => {};
    const slow = turns.take('slow', () => new Promise<void>((resolve) => (release = resolve)));

    expect(await turns.take('quick', async () => 'done')).toBe('done');

    release();
    await slow;
  });

  it('turn away who would make a line too long, and forget it once it is gone', async () => {
    const turns = new Turns(2);
    let release = () => {};
    const first = turns.take('key', () => new Promise<void>((resolve) => (release = resolve)));
    const second = turns.take('key', async () => 'second');
    await expect(turns.take('key', async () => 'third')).rejects.toHaveProperty('code', 'RATE_LIMITED');

    await Promise.resolve();
    release();
    await first;

    expect(await second).toBe('second');
    expect(await turns.take('key', async () => 'fourth')).toBe('fourth');
  });
});
