import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose, { type Connection } from 'mongoose';
import { type Engine, type EngineOptions, openEngine } from '../../src/infra/engine/open-engine.js';

export type Db = NonNullable<Connection['db']>;

/** An engine in this thread, on an empty folder, with a connection to it. */
export type OpenEngine = {
  dir: string;
  engine: Engine;
  connection: Connection;
  db: Db;
  close(): Promise<void>;
};

export async function openTestEngine(options: Partial<EngineOptions> = {}): Promise<OpenEngine> {
  const dir = options.dir ?? (await emptyFolder());
  const engine = await openEngine({ noSync: true, ...options, dir });
  const connection = await mongoose.createConnection(engine.uri).asPromise();
  const { db } = connection;
  if (db === undefined) throw new Error('connected, but to no database');
  return {
    dir,
    engine,
    connection,
    db,
    async close() {
      await connection.close();
      await engine.stop();
      if (options.dir === undefined) await rm(dir, { recursive: true });
    },
  };
}

export const emptyFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'tomato-engine-'));

/** What a promise was rejected with, as a server told it. */
export async function failureOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const [result] = await Promise.allSettled([promise]);
  if (result.status === 'fulfilled') throw new Error('it succeeded, and should have failed');
  const { code, codeName, message } = result.reason as Record<string, unknown>;
  return { code, codeName, message };
}
