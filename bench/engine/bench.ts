/**
 * The document engine beside plain LMDB on the same disk, with the same durability, in the same run: `npm run bench:engine`.
 * DOCUMENTS sets how many documents (100,000), CLIENTS how many ask at once (32).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineSubject } from './engine-subject.js';
import { lmdbSubject } from './lmdb-subject.js';
import type { Subject } from './subject.js';
import { printTable, type Row } from './table.js';

const DOCUMENTS = Number(process.env.DOCUMENTS ?? 100_000);
const CLIENTS = Number(process.env.CLIENTS ?? 32);
const BATCH = 1000;
const READS = 30_000;
const WRITES = 10_000;

const dir = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'tomato-bench-'));
try {
  const rows = new Map<string, Row>();
  const engine = await engineSubject(join(dir, 'engine'));
  note(rows, 'listening after start, ms', 'engine', engine.listeningMs);
  await measure(rows, 'engine', engine);
  note(rows, 'private memory after all, MB', 'engine', engine.privateMegabytes());
  await engine.close();
  const lmdb = lmdbSubject(join(dir, 'lmdb'));
  await measure(rows, 'lmdb', lmdb);
  await lmdb.close();
  console.log(
    `${DOCUMENTS} documents of 1 KB, 3 secondary indexes, ${CLIENTS} clients; each write on the disk when it is answered`,
  );
  printTable(rows);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

async function measure(rows: Map<string, Row>, name: keyof Row, subject: Subject): Promise<void> {
  const rate = async (
    row: string,
    count: number,
    clients: number,
    step: (i: number) => Promise<void>,
  ): Promise<void> => {
    note(rows, row, name, await ratePerSecond(count, clients, step));
  };
  const batches = Math.ceil(DOCUMENTS / BATCH);
  const insertSeconds = BATCH * (await ratePerSecond(batches, 4, (batch) => subject.insertMany(batch * BATCH, BATCH)));
  note(rows, 'insertMany, documents/s', name, insertSeconds);
  await rate('insertOne, /s', WRITES, CLIENTS, (i) => subject.insertMany(DOCUMENTS + i, 1));
  await rate('findOne by id, /s', READS, CLIENTS, (i) => subject.findById((i * 7919) % DOCUMENTS));
  await rate('findOne by a unique field, /s', READS, CLIENTS, (i) => subject.findByKey((i * 104_729) % DOCUMENTS));
  await rate('20 newest of an owner, /s', WRITES, CLIENTS, (i) => subject.newestOf(i % 1000));
  await rate('updateOne, /s', WRITES, CLIENTS, (i) => subject.update((i * 7919) % DOCUMENTS));
  note(
    rows,
    'full scan with a filter, documents/s',
    name,
    DOCUMENTS * (await ratePerSecond(1, 1, () => subject.scan())),
  );
}

/** @returns how many steps a second `clients` manage that each take one step after another. */
async function ratePerSecond(count: number, clients: number, step: (i: number) => Promise<void>): Promise<number> {
  let next = 0;
  const started = performance.now();
  const client = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await step(i);
  };
  await Promise.all(Array.from({ length: Math.min(clients, count) }, client));
  return count / ((performance.now() - started) / 1000);
}

function note(rows: Map<string, Row>, row: string, name: keyof Row, value: number): void {
  rows.set(row, { ...rows.get(row), [name]: value });
}
