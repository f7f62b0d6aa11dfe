import { describe, expect, it } from 'vitest';
import type { UsageRecord } from '../../src/domain/models/usage.js';
import { UsageBook } from '../../src/domain/runs/usage-book.js';
import { silentLog } from '../../src/base/log.js';

describe('the usage book', () => {
  it('keeps what could not be written, in order, and writes it with what comes next', async () => {
    const written: string[][] = [];
    let isBroken = true;
    const usage = {
      record: async (records: readonly UsageRecord[]) => {
        if (isBroken) throw new Error('broken');
        written.push(records.map(({ id }) => id));
      },
    };
    const book = new UsageBook({ usage: usage as never, log: silentLog });
    book.add({ id: 'first' } as UsageRecord);
    await expect(book.flush()).rejects.toThrow('broken');
    isBroken = false;
    book.add({ id: 'second' } as UsageRecord);
    await book.flush();
    await book.flush();
    expect(written).toEqual([['first', 'second']]);
  });
});
