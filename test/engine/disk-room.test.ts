import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

it('begins anew with each transaction', async () => {
  const room = await transactionWith(40);
  room.claimPut(3 * MIB);

  room.startTransaction();

  room.claimPut(3 * MIB);
});
