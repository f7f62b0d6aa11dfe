import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngine, type Engine } from '../../src/infra/engine/engine.js';
import { connectMongo } from '../../src/infra/mongo/connection.js';
import { say } from '../kit/fake-llm.js';
import { openHouse, type RunningHouse } from '../kit/house.js';

let dir: string;
let engine: Engine;
let connection: Connection;
let house: RunningHouse;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tomato-collections-'));
  engine = await startEngine({ dir, noSync: true });
  house = await openHouse({ env: { MONGO_URL: engine.uri } });
  connection = await connectMongo(engine.uri);
});
afterAll(async () => {
  await house.close();
  await connection.close();
  await engine.stop();
  await rm(dir, { recursive: true });
});

const collection = (name: string) => connection.db!.collection<{ _id: string }>(name);

it('has its collections, each with its indexes, once it has started', async () => {
  const collections = await connection.db!.listCollections().toArray();
  const indexes = await Promise.all(collections.map(async ({ name }) => [name, await indexesOf(name)]));

  expect(Object.fromEntries(indexes)).toMatchObject({
    conversations: ['_id', 'deletedAt', 'ownerId,updatedAt,_id'],
    default_models: ['_id'],
    messages: ['_id', 'conversationId,parentId,position', 'conversationId,position unique'],
    models: ['_id', 'providerId,name unique'],
    providers: ['_id', 'name unique', 'preset unique'],
    runs: [
      '_id',
      'conversationId,isActive unique',
      'conversationId,position unique',
      'isActive,leaseUntil',
      'userId,clientMessageId unique',
      'userId,slot unique',
    ],
    users: ['_id', 'ownership unique', 'userName unique'],
  });
});

async function indexesOf(name: string): Promise<string[]> {
  const indexes = await collection(name).indexes();
  return indexes.map(({ key, unique }) => `${Object.keys(key).join()}${unique === true ? ' unique' : ''}`).toSorted();
}

it('keeps accounts without their sessions, and relates everything by ids of its own', async () => {
  house.llm.script([say('Hello.')]);
  const ada = await house.join('ada');
  const conversationId = await ada.createConversation();
  await ada.turn(conversationId, 'Hi.');

  const user = await collection('users').findOne({ _id: ada.id });
  const conversation = await collection('conversations').findOne({ _id: conversationId });
  const messages = await collection('messages').find({}).toArray();

  expect(JSON.stringify(user)).not.toContain(ada.token);
  expect(user).toMatchObject({ passwordHash: expect.stringMatching(/^\$argon2id\$/) });
  expect(conversation).toMatchObject({ ownerId: ada.id });
  expect(messages.map((message) => (message as unknown as { conversationId: string }).conversationId)).toEqual([
    conversationId,
    conversationId,
  ]);
});

it('opens no more connections for more requests', async () => {
  const bob = await house.join('bob');
  const toEngine = () => process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;
  const ask = async () => {
    for (let asked = 0; asked < 50; asked++) await bob.get('{ me { id } conversations { nodes { id } } }');
  };
  await ask();
  const before = toEngine();

  await ask();

  expect(before).toBeGreaterThan(0);
  // A pool may still grow by what the server does beside the requests; one for each of them would be fifty.
  expect(toEngine() - before).toBeLessThan(10);
});
