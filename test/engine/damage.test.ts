import { execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync, utimesSync, writeSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { open as openLmdb } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctor } from '../../src/infra/engine/doctor.js';
import { encode } from '../../src/infra/engine/store/bson.js';
import { prefix, Space } from '../../src/infra/engine/store/key-space.js';
import { seal } from '../../src/infra/engine/store/seal.js';
import { Store } from '../../src/infra/engine/store/store.js';
import { fillWithSamples, NAMESPACE, sampleDocument, SAMPLES } from './damage-samples.js';
import { emptyFolder, failureOf, openTestEngine } from './kit.js';

/** DAMAGE_ROUNDS for more. */
const ROUNDS = Number(process.env.DAMAGE_ROUNDS ?? 200);
const FIRST_SEED = Number(process.env.DAMAGE_SEED ?? 0);

let dir: string;
beforeEach(async () => {
  dir = await emptyFolder();
});
afterEach(() => rm(dir, { recursive: true }));

const dataFile = (): string => join(dir, 'store.mdb');

/** Everywhere: a page that was written anew leaves its older self behind. */
function replace(text: string, other: string): void {
  const bytes = readFileSync(dataFile());
  const file = openSync(dataFile(), 'r+');
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) writeSync(file, other, at);
  closeSync(file);
}

describe('a data file that was damaged', () => {
  it(
    `somewhere is refused, or gives all that was stored, ${ROUNDS} times; and the process lives`,
    { timeout: 60_000 + ROUNDS * 300 },
    async () => {
      await fillWithSamples(dir);
      const script = fileURLToPath(new URL('./damaged-store.ts', import.meta.url));
      const command = [...process.execArgv, script, dir, String(FIRST_SEED), String(ROUNDS)];

      const { stdout } = await promisify(execFile)(process.execPath, command, { maxBuffer: 2 ** 26 });

      const outcomes = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { outcome: string });
      expect(outcomes.filter(({ outcome }) => outcome !== 'refused' && outcome !== 'right')).toEqual([]);
      expect(outcomes.length).toBe(ROUNDS);
      expect(outcomes.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(ROUNDS / 4);
    },
  );

  it('after a proper stop is looked at again, because it is not as it was left', async () => {
    await fillWithSamples(dir);
    replace('key 77', 'kay 77');

    await expect(Store.open({ dir })).rejects.toMatchObject({ problem: 'DAMAGED' });
  });

  it('in a way that its size and time do not tell is found by the doctor, and by who reads what was damaged', async () => {
    await fillWithSamples(dir);
    const { atime, mtime } = await stat(dataFile());
    // Set to a time that a file can be set to again, and sealed with it.
    utimesSync(dataFile(), atime, mtime);
    seal(dataFile());
    const { text } = sampleDocument(77);
    replace(String(text), String(text).toUpperCase());
    utimesSync(dataFile(), atime, mtime);

    const store = await Store.open({ dir });
    const collection = store.collection(NAMESPACE);
    const read = (): unknown[] => [...store.scan(collection ?? expect.fail('no collection'))];
    expect(read).toThrow(expect.objectContaining({ problem: 'DAMAGED' }));
    await store.close();
    await expect(doctor(dir)).rejects.toMatchObject({ problem: 'DAMAGED' });
  });

  it('is told to clients by name when it is read', async () => {
    const open = await openTestEngine();
    const path = join(open.dir, 'store.mdb');
    await open.db.collection('things').insertOne({ text: 'as it was written' });
    const bytes = readFileSync(path);
    const file = openSync(path, 'r+');
    writeSync(file, 'AS', bytes.indexOf('as it was written'));
    closeSync(file);

    const failure = await failureOf(open.db.collection('things').findOne({}));
    await open.close();

    expect(failure).toMatchObject({ code: 301, codeName: 'DataCorruptionDetected' });
    expect(failure.message).toMatch(/restore the folder from a backup/);
  });
});

describe('a data file of the first format', () => {
  it('is brought to the present one when it is opened', async () => {
    await fillWithSamples(dir);
    const lmdb = openLmdb<Buffer, Buffer>({ path: dataFile(), keyEncoding: 'binary', encoding: 'binary' });
    const entries = await lmdb.getRange({}).asArray;
    lmdb.transactionSync(() => {
      for (const { key, value } of entries) lmdb.putSync(key, Buffer.from(value.subarray(0, -4)));
      lmdb.putSync(prefix(Space.format, 0), encode({ version: 1 }));
    });
    await lmdb.close();

    const reports = await doctor(dir);
    const again = await doctor(dir);

    expect(reports).toEqual([{ namespace: NAMESPACE, documents: SAMPLES.length, indexes: 3, problems: [] }]);
    expect(again).toEqual(reports);
  });
});
