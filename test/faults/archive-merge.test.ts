import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Connection } from 'mongoose';
import { newId } from '../../src/base/ids.js';
import type { SearchableEntry } from '../../src/domain/archive/archive-store.js';
import { analyzeEntry } from '../../src/domain/archive/analysis/analyze-entry.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';
import { connectMongo } from '../../src/infra/mongo/connection.js';
import { MongoArchiveStore } from '../../src/infra/mongo/mongo-archive-store.js';
import { ChildEngine, ChildServer } from '../kit/child-server.js';
import type { Person } from '../kit/house.js';

/** More than are merged at once, and than make an index worth keeping. */
const ENTRIES = 5_000;
const SAVED_TOGETHER = 100;

const SEARCH = 'query ($query: String!) { searchArchive(query: $query, first: 1) { entry { title } } }';

type Found = { searchArchive: { entry: { title: string } }[] };

let engine: ChildEngine;
let server: ChildServer;
let connection: Connection;
const morphemes = new GaruAnalyzer();
beforeAll(async () => {
  engine = await ChildEngine.start();
  server = await ChildServer.start({ MONGO_URL: engine.url });
  connection = await connectMongo(engine.url);
});
afterAll(async () => {
  await morphemes.close();
  await connection.close();
  await server.close();
  await engine.close();
});

async function fill(ownerId: string): Promise<void> {
  const store = new MongoArchiveStore(connection, { now: () => new Date() });
  for (let at = 0; at < ENTRIES; at += SAVED_TOGETHER) {
    const entries = Array.from({ length: SAVED_TOGETHER }, (_, n) => entryOf(ownerId, `메모 number${at + n}`));
    await store.insert(await Promise.all(entries), { entries: ENTRIES, bytes: 1_000_000 });
  }
}

async function entryOf(ownerId: string, title: string): Promise<SearchableEntry> {
  const text = { title, summary: '', content: '', tags: [] };
  const at = new Date();
  const times = { createdAt: at, updatedAt: at };
  const entry = { id: newId('arc'), ownerId, category: 'note', sourceUrl: null, version: 1, ...text, ...times };
  return { entry, tokens: await analyzeEntry(morphemes, text) };
}

const find = async (person: Person, query: string): Promise<string | undefined> =>
  (await person.get<Found>(SEARCH, { query })).searchArchive[0]?.entry.title;

it('a server that is killed while it merges an index and writes it to the object store loses nothing of it', async () => {
  const ada = await server.join('ada');
  await fill(ada.id);
  const objects = connection.collection<{ _id: string; current: unknown; loose: unknown[] }>('archiveIndexes');

  const answer = find(ada, 'number1234').catch(() => 'no answer');
  await vi.waitFor(async () => expect(await objects.findOne({ _id: ada.id })).not.toBeNull(), {
    timeout: 30_000,
    interval: 1,
  });
  await server.crash();

  expect(['메모 number1234', 'no answer']).toContain(await answer);
  const back = await server.logIn('ada');
  for (const n of [0, 1, 1_999, 2_000, 3_333, ENTRIES - 1])
    expect(await find(back, `number${n}`)).toBe(`메모 number${n}`);
  expect(await back.get('{ archiveCategories { category entries } }')).toEqual({
    archiveCategories: [{ category: 'note', entries: ENTRIES }],
  });
  await vi.waitFor(async () => expect((await objects.findOne({ _id: ada.id }))?.current).not.toBeNull(), 30_000);
  await server.crash();
  expect(await find(await server.logIn('ada'), 'number4321')).toBe('메모 number4321');
}, 120_000);
