import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mongoose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEngine } from '../../src/infra/engine/open-engine.js';
import { connectMongo, createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoMessageStore } from '../../src/infra/mongo/mongo-message-store.js';

let dir: string;
let engine: Awaited<ReturnType<typeof openEngine>>;
let connection: Connection;
let messages: MongoMessageStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tomato-indexes-'));
  engine = await openEngine({ dir, port: 0, noSync: true, hasTestCommands: true });
  connection = await connectMongo(engine.uri);
  messages = new MongoMessageStore(connection);
});
afterEach(async () => {
  await connection.close();
  await engine.stop();
  await rm(dir, { recursive: true });
});

const indexes = async () => (await connection.collection('messages').indexes()).map(({ name }) => name).toSorted();

const ALL = ['_id_', 'conversationId_1_parentId_1_position_1', 'conversationId_1_position_1'];

it('may take longer to be made than any other operation: a collection can be large', { timeout: 20_000 }, async () => {
  await connection
    .getClient()
    .db('admin')
    .command({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['createIndexes'], blockConnection: true, blockTimeMS: 5_500 },
    });

  await createIndexes(connection);

  expect(await indexes()).toEqual(ALL);
  expect(await messages.listLinks('conv_none')).toEqual([]);
});

it('are the same if they are made again, and as mongoose makes them', async () => {
  await createIndexes(connection);

  await createIndexes(connection);
  await connection.models['MessageRecord']?.createIndexes();

  expect(await indexes()).toEqual(ALL);
});
