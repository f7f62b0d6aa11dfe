import { existsSync, symlinkSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFile } from '../../src/infra/engine/store/data-file.js';
import { isSealed } from '../../src/infra/engine/store/seal.js';
import { emptyFolder } from './kit.js';

const KEY = Buffer.from('key');

let dir: string;
beforeEach(async () => {
  dir = await emptyFolder();
  const file = DataFile.open(dir, { noSync: false });
  file.transaction(() => file.put(KEY, Buffer.from('first')));
  await file.close();
});
afterEach(() => rm(dir, { recursive: true }));

const path = (folder = dir): string => join(folder, 'store.mdb');

/** The folder as it is now, as if the process that has it had been killed. */
async function copied(preserveTimestamps: boolean): Promise<string> {
  const copy = join(dir, 'copy');
  await cp(path(), path(copy), { preserveTimestamps });
  await cp(join(dir, 'store.sealed'), join(copy, 'store.sealed'));
  return copy;
}

describe('the seal of a data file', () => {
  it('holds after a proper close, and while nothing is written', async () => {
    expect(isSealed(path())).toBe(true);
    const file = DataFile.open(dir, { noSync: false });
    expect([file.get(KEY)?.toString(), isSealed(path())]).toEqual(['first', true]);
    await file.close();
    expect(isSealed(path())).toBe(true);
  });

  it('does not hold for an engine that was killed after a write, even with the time of the file as it was', async () => {
    const file = DataFile.open(dir, { noSync: false });
    file.transaction(() => file.put(KEY, Buffer.from('again')));
    const copy = await copied(true);
    await file.close();

    expect(isSealed(path(copy))).toBe(false);
  });

  it('does not hold for a copy with another time: it may be no whole one', async () => {
    expect(isSealed(path(await copied(false)))).toBe(false);
  });

  it('is broken while an engine writes without waiting for the disk', async () => {
    const file = DataFile.open(dir, { noSync: true });
    expect(isSealed(path())).toBe(false);
    await file.close();
    expect(isSealed(path())).toBe(false);
  });

  it.skipIf(!existsSync('/dev/full'))('keeps no file from being closed where there is no room for it', async () => {
    const file = DataFile.open(dir, { noSync: false });
    await rm(join(dir, 'store.sealed'));
    symlinkSync('/dev/full', join(dir, 'store.sealed'));

    await file.close();

    expect([existsSync(join(dir, 'store.sealed')), isSealed(path())]).toEqual([false, false]);
  });
});
