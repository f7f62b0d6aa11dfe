import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFile } from '../../src/infra/engine/store/data-file.js';
import { DiskRoom } from '../../src/infra/engine/store/disk-room.js';
import { emptyFolder } from './kit.js';

const MIB = 1024 * 1024;

let dir: string;
beforeEach(async () => {
  dir = await emptyFolder();
});
afterEach(() => rm(dir, { recursive: true }));

/** A transaction beside so much free disk, and a data file that once held `heldMib`, and holds `holdsMib` now. */
async function transactionWith(freeMib: number, heldMib = 0, holdsMib = 0): Promise<DiskRoom> {
  const file = DataFile.open(dir, { noSync: true });
  file.transaction(() => file.put(Buffer.from('held'), Buffer.alloc(Math.max(1, holdsMib * MIB))));
  const key = Buffer.from('big');
  file.transaction(() => file.put(key, Buffer.alloc(Math.max(1, heldMib * MIB))));
  file.transaction(() => file.remove(key));
  await file.close();
  const room = new DiskRoom(join(dir, 'store.mdb'), () => freeMib * MIB);
  room.startTransaction();
  return room;
}

it('lets a transaction write what leaves enough on the disk, and no more', async () => {
  const room = await transactionWith(40);

  room.claimPut(3 * MIB);

  expect(() => room.claimPut(2 * MIB)).toThrow('ENOSPC: 40 MiB are left on the disk');
});

it('keeps what is left for those that make room from a transaction that puts as much as it removes', async () => {
  const room = await transactionWith(12);
  room.claimRemoval();

  expect(() => room.claimPut(100)).toThrow('ENOSPC');
});

it('lets a transaction that removes more than it puts go on for longer, but not to the end', async () => {
  const room = await transactionWith(12);
  for (let count = 0; count < 100; count++) room.claimRemoval();

  room.claimPut(100);

  expect(() => room.claimPut(2 * MIB)).toThrow('ENOSPC');
});

it('counts the pages that are free within the file', async () => {
  const room = await transactionWith(12, 40);

  room.claimPut(1 * MIB);

  expect(() => room.claimPut(2 * MIB)).toThrow('ENOSPC');
});

it('takes many small entries for what they need together', async () => {
  const room = await transactionWith(64);

  for (let count = 0; count < 100_000; count++) room.claimPut(50);

  expect(() => room.claimPut(10 * MIB)).toThrow('ENOSPC');
});

it('takes each of many entries for a page of its own, as far as the file has so many', async () => {
  const removeMany = (room: DiskRoom) => {
    for (let count = 0; count < 40_000; count++) room.claimRemoval();
  };

  removeMany(await transactionWith(60));

  const room = await transactionWith(60, 0, 80);
  expect(() => removeMany(room)).toThrow('ENOSPC');
});

it('takes entries that are removed one after the other for the list of their pages', async () => {
  const room = await transactionWith(12, 0, 80);

  for (let count = 0; count < 4000; count++) room.claimNextRemoval(100_000);

  expect(() => room.claimNextRemoval(200 * MIB)).toThrow('ENOSPC');
});

it('takes the list of free pages for one that may be written anew', async () => {
  const room = await transactionWith(8.2, 160);

  expect(() => {
    for (let count = 0; count < 100; count++) room.claimRemoval();
  }).toThrow('ENOSPC');
});

describe('begins anew with each transaction', () => {
  it('what is put', async () => {
    const room = await transactionWith(40);
    room.claimPut(3 * MIB);

    room.startTransaction();

    room.claimPut(3 * MIB);
  });

  it.each(['claimRemoval', 'claimNextRemoval'] as const)('what is removed, by %s', async (claim) => {
    const room = await transactionWith(12);
    for (let count = 0; count < 10; count++) room[claim](100);

    room.startTransaction();

    expect(() => room.claimPut(100)).toThrow('ENOSPC');
  });

  it('what the file holds', async () => {
    const file = DataFile.open(dir, { noSync: true });
    file.transaction(() => file.put(Buffer.from('small'), Buffer.alloc(1)));
    const room = new DiskRoom(join(dir, 'store.mdb'), () => 60 * MIB);
    const removeMany = (): void => {
      room.startTransaction();
      for (let count = 0; count < 40_000; count++) room.claimRemoval();
    };
    removeMany();

    file.transaction(() => file.put(Buffer.from('large'), Buffer.alloc(80 * MIB)));

    expect(removeMany).toThrow('ENOSPC');
    await file.close();
  });
});

describe('a data file asks for room', () => {
  const key = (n: number): Buffer => Buffer.from(`key ${n}`);

  /** With 80 MiB in 20_000 entries, and as much free disk as the test says. */
  async function fullFile(test: (file: DataFile, disk: { freeMib: number }) => void): Promise<void> {
    const disk = { freeMib: 10_000 };
    const file = DataFile.open(dir, { noSync: true, freeBytes: () => disk.freeMib * MIB });
    file.transaction(() => {
      for (let n = 0; n < 20_000; n++) file.put(key(n), Buffer.alloc(4000));
    });
    try {
      test(file, disk);
    } finally {
      await file.close();
    }
  }

  it('for an entry that it puts, and changes nothing if there is none', () =>
    fullFile((file, disk) => {
      disk.freeMib = 40;

      const work = (): void => {
        file.put(key(-1), Buffer.alloc(1));
        file.put(key(-2), Buffer.alloc(5 * MIB));
      };

      expect(() => file.transaction(work)).toThrow('ENOSPC');
      expect(file.get(key(-1))).toBeUndefined();
    }));

  it('for an entry that it removes', () =>
    fullFile((file, disk) => {
      disk.freeMib = 12;

      const work = (): void => {
        for (let n = 0; n < 1000; n++) file.remove(key(n));
      };

      expect(() => file.transaction(work)).toThrow('ENOSPC');
    }));

  it('for a range that it removes, which needs little', () =>
    fullFile((file, disk) => {
      disk.freeMib = 12;

      file.transaction(() => file.removeAll(Buffer.from('key ')));

      expect(file.count(Buffer.from('key '))).toBe(0);
    }));

  it('for the list of the pages of a range', () =>
    fullFile((file, disk) => {
      disk.freeMib = 8.3;

      expect(() => file.transaction(() => file.removeAll(Buffer.from('key ')))).toThrow('ENOSPC');

      file.transaction(() => file.removeAll(Buffer.from('key 1234')));
      expect(file.count(Buffer.from('key 1234'))).toBe(0);
      disk.freeMib = 8;
      expect(() => file.transaction(() => file.removeAll(Buffer.from('key 1234')))).toThrow('ENOSPC');
    }));

  it('for a part of a transaction beside what came before', () =>
    fullFile((file, disk) => {
      disk.freeMib = 40;

      const work = (): void => {
        file.put(key(-1), Buffer.alloc(3 * MIB));
        file.transaction(() => file.put(key(-2), Buffer.alloc(3 * MIB)));
      };

      expect(() => file.transaction(work)).toThrow('ENOSPC');
    }));
});
