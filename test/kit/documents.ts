import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mongoose';
import { startEngine } from '../../src/infra/engine/engine.js';
import { connectMongo } from '../../src/infra/mongo/connection.js';

export type Documents = { readonly connection: Connection; close(): Promise<void> };

/** A new, empty database: on `MONGO_URL` where that is set, else on an embedded engine of its own. */
export async function openDocuments(): Promise<Documents> {
  const url = process.env['MONGO_URL'];
  if (url) {
    const connection = await connectMongo(url, `test_${randomUUID().slice(0, 8)}`);
    return {
      connection,
      async close() {
        await connection.dropDatabase();
        await connection.close();
      },
    };
  }
  const dir = await mkdtemp(join(tmpdir(), 'tomato-documents-'));
  const engine = await startEngine({ dir, noSync: true });
  const connection = await connectMongo(engine.uri);
  return {
    connection,
    async close() {
      await connection.close();
      await engine.stop();
      await rm(dir, { recursive: true });
    },
  };
}
