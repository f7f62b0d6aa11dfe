import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { silentLog } from '../../src/base/log.js';
import type { UsageRecord } from '../../src/domain/usage/usage-store.js';
import { UsageBook } from '../../src/domain/runs/usage-book.js';

/** More than a write is tried for, and than the book waits for more to write. */
const LONG_MS = 200_000;

describe('the usage book', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  let failure: Error | null;
  let written: string[];
  const usage = {
    record: async (records: readonly UsageRecord[]) => {
      if (failure) throw failure;
      written.push(...records.map(({ id }) => id));
    },
  };
  const open = () => new UsageBook({ usage: usage as never, log: silentLog });
  beforeEach(() => void ([failure, written] = [null, []]));

  it('writes what a long outage kept from being written once that is over, and once only', async () => {
    const book = open();
    const outage = new AppError('SERVICE_UNAVAILABLE', 'away');
    failure = outage;
    book.add({ id: 'first' } as UsageRecord);
    const flushed = book.flush().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(await flushed).toBe(outage);
    failure = null;
    await vi.advanceTimersByTimeAsync(LONG_MS);
    await book.flush();
    expect(written).toEqual(['first']);
  });

  it('does not let what the database refuses stand in the way of the rest', async () => {
    const book = open();
    failure = new Error('refused');
    book.add({ id: 'bad' } as UsageRecord);
    await expect(book.flush()).rejects.toThrow('refused');
    failure = null;
    book.add({ id: 'good' } as UsageRecord);
    await book.flush();
    expect(written).toEqual(['good']);
  });

  describe('flushed while another flush is writing', () => {
    async function flushTwice() {
      const writes: { store: () => void; refuse: (error: Error) => void }[] = [];
      const record = () => new Promise<void>((store, refuse) => writes.push({ store, refuse }));
      const book = new UsageBook({ usage: { record } as never, log: silentLog });
      book.add({ id: 'call' } as UsageRecord);
      const first = book.flush();
      await vi.advanceTimersByTimeAsync(0);
      const second = book.flush();
      let isOver = false;
      void second.catch(() => undefined).then(() => (isOver = true));
      await vi.advanceTimersByTimeAsync(0);
      return { book, first, second, write: writes[0]!, isOver: () => isOver };
    }

    it('is over once that is stored', async () => {
      const { first, second, write, isOver } = await flushTwice();
      expect(isOver()).toBe(false);

      write.store();

      await expect(Promise.all([first, second])).resolves.toBeDefined();
    });

    it('fails where that is refused, and not the next time', async () => {
      const { book, first, second, write } = await flushTwice();

      write.refuse(new Error('no'));

      await expect(Promise.allSettled([first, second])).resolves.toMatchObject([
        { status: 'rejected' },
        { status: 'rejected' },
      ]);
      await expect(book.flush()).resolves.toBeUndefined();
    });
  });
});
