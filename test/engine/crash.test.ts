import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import mongoose, { type Connection } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doctor } from '../../src/infra/engine/doctor.js';
import { emptyFolder, openTestEngine } from './kit.js';
import { kill, serve } from './served.js';

/** CRASH_ROUNDS=50 for the long run. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 3);
const WRITERS = 16;

/** What the writers were told is written, and what they were about to write. */
type Ledger = { documents: Set<string>; increments: number; tried: number };

let dir: string;
beforeAll(async () => {
  dir = await emptyFolder();
});
afterAll(() => rm(dir, { recursive: true }));

const connectTo = (uri: string): Promise<Connection> =>
  mongoose.createConnection(uri, { maxPoolSize: 1, serverSelectionTimeoutMS: 3000 }).asPromise();

/** Inserts one, inserts two, increments: over and over, until the engine is gone. */
async function write(connection: Connection, writer: number, round: number, ledger: Ledger): Promise<void> {
  const documents = connection.collection<{ _id: string; key: string; group: number; pad: string }>('documents');
  const counters = connection.collection<{ _id: string; n: number }>('counters');
  const make = (id: string) => ({ _id: id, key: `key of ${id}`, group: writer % 5, pad: 'x'.repeat(500) });
  try {
    for (let i = 0; ; i++) {
      const ids = [`${round}-${writer}-${i}`, `${round}-${writer}-${i}-second`, `${round}-${writer}-${i}-third`];
      const [one = '', ...two] = ids;
      await documents.insertOne(make(one));
      ledger.documents.add(one);
      await documents.insertMany(two.map(make));
      for (const id of two) ledger.documents.add(id);
      ledger.tried++;
      await counters.updateOne({ _id: 'total' }, { $inc: { n: 1 } });
      ledger.increments++;
    }
  } catch (error) {
    // Killed, it cannot answer; an answer with a code would be a write that was refused.
    if (typeof (error as { code?: unknown }).code === 'number') throw error;
  } finally {
    await connection.close(true);
  }
}

describe('an engine that is killed in the middle of writing', () => {
  it(
    `keeps all it acknowledged, with its indexes and counts, ${ROUNDS} times`,
    { timeout: 60_000 + ROUNDS * 10_000 },
    async () => {
      const ledger: Ledger = { documents: new Set(), increments: 0, tried: 0 };
      const first = await openTestEngine({ dir, noSync: false });
      await first.db.collection('documents').createIndex({ key: 1 }, { unique: true });
      await first.db.collection('documents').createIndex({ group: 1 });
      await first.db.collection<{ _id: string }>('counters').insertOne({ _id: 'total', n: 0 } as { _id: string });
      await first.close();

      for (let round = 0; round < ROUNDS; round++) {
        const served = await serve(dir);
        const connections = await Promise.all(Array.from({ length: WRITERS }, () => connectTo(served.uri)));
        const writers = connections.map((connection, writer) => write(connection, writer, round, ledger));
        await delay(300 + Math.random() * 700);
        await kill(served, 'SIGKILL');
        await Promise.all(writers);

        const reports = await doctor(dir);
        const survived = await openTestEngine({ dir });
        const kept = await survived.db.collection<{ _id: string }>('documents').distinct('_id');
        const total = await survived.db.collection<{ _id: string; n: number }>('counters').findOne({ _id: 'total' });
        await survived.close();

        expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
        const present = new Set<unknown>(kept);
        expect([...ledger.documents].filter((id) => !present.has(id))).toEqual([]);
        expect(total?.n).toBeGreaterThanOrEqual(ledger.increments);
        expect(total?.n).toBeLessThanOrEqual(ledger.tried);
      }
      expect(ledger.documents.size).toBeGreaterThan(ROUNDS * WRITERS);
    },
  );
});
