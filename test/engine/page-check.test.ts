import { closeSync, mkdirSync, ftruncateSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { open as openLmdb } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withChecksum } from '../../src/infra/engine/store/checksum.js';
import { DataFile } from '../../src/infra/engine/store/data-file.js';
import { freePagesOf } from '../../src/infra/engine/store/free-list.js';
import { checkPages } from '../../src/infra/engine/store/page-check.js';
import { PageFault } from '../../src/infra/engine/store/page-layout.js';
import { emptyFolder } from './kit.js';

let dir: string;
beforeEach(async () => {
  dir = await emptyFolder();
});
afterEach(() => rm(dir, { recursive: true }));

const path = (): string => join(dir, 'store.mdb');

/** Long ones among them, so that pages hold few and trees grow high. */
const keyOf = (n: number): Buffer => Buffer.from(`key ${n} ${'k'.repeat((n % 7) * 180)}`);

async function written(write: (file: DataFile) => void): Promise<string> {
  const file = DataFile.open(dir, { noSync: true });
  write(file);
  await file.close();
  return path();
}

describe('a sound data file is taken', () => {
  it.each([
    ['to fewer pages', 9000],
    ['to what would fit beside others', 10],
  ])('where a large value was made smaller in the transaction that wrote it, %s', async (_, bytes) => {
    const file = await written((data) =>
      data.transaction(() => {
        data.put(keyOf(1), Buffer.alloc(50_000, 1));
        data.put(keyOf(1), Buffer.alloc(bytes, 2));
      }),
    );

    expect(() => checkPages(file)).not.toThrow();
  });

  it('where there is nothing in it: not made, of no bytes, never written to, and emptied', async () => {
    expect(() => checkPages(path())).not.toThrow();
    const empty = openSync(path(), 'w');
    ftruncateSync(empty, 0);
    closeSync(empty);
    expect(() => checkPages(path())).not.toThrow();
    await written(() => undefined);
    expect(() => checkPages(path())).not.toThrow();
    await written((data) => {
      data.transaction(() => {
        for (let n = 0; n < 3000; n++) data.put(keyOf(n), Buffer.alloc(n % 100 === 0 ? 20_000 : 50, n));
      });
      data.transaction(() => data.removeAll(Buffer.from('key')));
    });
    expect(() => checkPages(path())).not.toThrow();
  });

  it.each([512, 16_384, 65_536])('with pages of %i bytes, as another machine may have', async (pageSize) => {
    const lmdb = openLmdb<Buffer, Buffer>({ path: path(), keyEncoding: 'binary', encoding: 'binary', pageSize });
    for (let round = 0; round < 5; round++) {
      lmdb.transactionSync(() => {
        for (let n = round; n < 500; n += 2) {
          const key = Buffer.from(`key ${n}`);
          lmdb.putSync(key, withChecksum(key, Buffer.alloc(n % 50 === 0 ? 200_000 : 90, round)));
        }
        for (let n = round; n < 500; n += 3) lmdb.removeSync(Buffer.from(`key ${n}`));
      });
    }
    await lmdb.close();

    expect(() => checkPages(path())).not.toThrow();
  });

  it.each([
    [1, false],
    [7, false],
    [7, true],
    [8, true],
  ])('that LMDB itself copied after %i transactions, compacted: %s', async (transactions, isCompact) => {
    const copy = join(dir, 'copy', 'store.mdb');
    mkdirSync(join(dir, 'copy'));
    await written((data) => {
      for (let n = 0; n < transactions; n++) data.transaction(() => data.put(keyOf(n), Buffer.alloc(9000, n)));
    });
    const lmdb = openLmdb({ path: path(), keyEncoding: 'binary', encoding: 'binary' });
    await lmdb.backup(copy, isCompact);
    await lmdb.close();

    expect(() => checkPages(copy)).not.toThrow();
    const data = DataFile.open(join(dir, 'copy'), { noSync: true });
    data.transaction(() => data.put(keyOf(0), Buffer.from('after')));
    await data.close();
    expect(() => checkPages(copy)).not.toThrow();
  });

  it('whatever was written, in part or in vain, and removed in many transactions', { timeout: 60_000 }, async () => {
    const step = fc.record({
      from: fc.nat(400),
      count: fc.nat(200),
      bytes: fc.constantFrom(0, 10, 300, 1900, 4050, 5000, 30_000),
      kind: fc.constantFrom('put', 'put', 'put', 'remove', 'undo'),
    });
    const transactions = fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(transactions, async (all) => {
        await rm(path(), { force: true });
        const file = await written((data) => {
          for (const steps of all) data.transaction(() => steps.forEach((one) => make(data, one)));
        });
        checkPages(file);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a list of free pages', () => {
  const listOf = (...words: bigint[]): Buffer => Buffer.from(BigInt64Array.of(BigInt(words.length), ...words).buffer);

  it('has pages one by one, blocks, and empty places', () => {
    expect(freePagesOf(listOf(9n, 0n, -3n, 4n), 20)).toEqual([9, 4, 5, 6]);
  });

  it.each([
    ['billions of pages', [-(2n ** 31n), 4n]],
    ['pages after the last', [-3n, 19n]],
    ['pages whose numbers are too large to count', [-1n, 2n ** 60n]],
    ['pages before the first', [-3n, -1n]],
    ['more pages than there are', [-15n, 4n, -15n, 4n]],
    ['no start', [-3n]],
  ])('is refused with a block of %s, and does not fill the memory', (_, words) => {
    expect(() => freePagesOf(listOf(...words), 20)).toThrow(PageFault);
  });
});

type Step = { from: number; count: number; bytes: number; kind: string };

function make(data: DataFile, { from, count, bytes, kind }: Step): void {
  const each = (): void => {
    for (let n = from; n < from + count; n++) {
      if (kind === 'remove') data.remove(keyOf(n));
      else data.put(keyOf(n), Buffer.alloc(bytes, n));
    }
  };
  if (kind !== 'undo') {
    each();
    return;
  }
  const undone = (): void =>
    data.transaction(() => {
      each();
      throw new Error('in vain');
    });
  expect(undone).toThrow('in vain');
}
