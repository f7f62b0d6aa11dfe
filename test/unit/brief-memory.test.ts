import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withBriefMemory } from '../../src/infra/brief-memory.js';

class Store {
  reads = 0;
  value = 'old';

  async find(id: string): Promise<string> {
    this.reads += 1;
    return `${id} ${this.value}`;
  }

  async list(): Promise<string[]> {
    return [this.value];
  }

  async update(value: string): Promise<void> {
    await Promise.resolve();
    this.value = value;
  }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('asks once a second for the same thing, and for each thing by itself', async () => {
  const store = new Store();
  const remembering = withBriefMemory(store, ['find']);

  expect(await Promise.all(['a', 'a', 'b'].map((id) => remembering.find(id)))).toEqual(['a old', 'a old', 'b old']);
  expect(store.reads).toBe(2);

  vi.advanceTimersByTime(1_001);
  await remembering.find('a');
  expect(store.reads).toBe(3);
});

it('sees a change of its own at once, also one that was under way while it read', async () => {
  const store = new Store();
  const remembering = withBriefMemory(store, ['find']);
  await remembering.find('a');

  const updating = remembering.update('new');
  expect(await remembering.find('a')).toBe('a old');
  await updating;

  expect(await remembering.find('a')).toBe('a new');
});

it('leaves other reads alone, and does not forget because of them', async () => {
  const store = new Store();
  const remembering = withBriefMemory(store, ['find']);
  await remembering.find('a');

  expect(await remembering.list()).toEqual(['old']);
  await remembering.find('a');

  expect(store.reads).toBe(1);
});

it('does not remember a failure', async () => {
  const store = new Store();
  store.find = vi.fn<Store['find']>().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce('there');
  const remembering = withBriefMemory(store, ['find']);

  await expect(remembering.find('a')).rejects.toThrow('away');
  expect(await remembering.find('a')).toBe('there');
});
