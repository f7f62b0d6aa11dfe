/**
 * How long a search of the archive takes for a client, over HTTP on a whole server with embedded parts: `ENTRIES=10000 node --import @oxc-node/core/register
 * bench/retrieval/http.ts FOLDER`. And how long the first search of a process takes, from tokens and from the object store.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSchema } from '../../src/api/schema.js';
import { createServer } from '../../src/api/server.js';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { compose } from '../../src/compose.js';
import { readConfig } from '../../src/config.js';
import { analyzeEntry } from '../../src/domain/archive/analysis/analyze-entry.js';
import { ArchiveIndexes } from '../../src/domain/archive/archive-indexes.js';
import { MAX_ENTRIES_PER_CHANGE } from '../../src/domain/archive/archive-store.js';
import type { IndexedEntry } from '../../src/domain/archive/index/build-segment.js';
import { IndexMemory } from '../../src/domain/archive/index-memory.js';
import { loadSet } from './data-sets.js';
import { mixed } from './made-entries.js';
import { percentile } from './ndcg.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: ENTRIES=10000 node … bench/retrieval/http.ts FOLDER');

const ENTRIES = Number(process.env['ENTRIES'] ?? 10_000);
const QUERIES = 300;
const WARMING = 20;
const ROOM = { entries: Infinity, bytes: Infinity };

const dir = await mkdtemp(join(tmpdir(), 'tomato-bench-'));
const config = readConfig({ DATA_DIR: dir, PORT: '0', ARCHIVE_CACHE_MB: '1024' });
const composed = await compose(config, silentLog);
const { needs } = composed.house;
const server = await createServer({
  house: composed.house,
  schema: await createSchema(),
  isProduction: false,
  corsOrigins: [],
  trustedProxies: [],
  objects: null,
});
const { port } = await server.listen('127.0.0.1', 0);
try {
  console.table([await measure(loadSet(folder, 'tldr-ko'))]);
} finally {
  const { driver, jobRunner } = composed.house;
  await Promise.all([driver.drain(0), jobRunner.drain(), server.close(0)]);
  await composed.close();
  await rm(dir, { recursive: true });
}

async function measure({ entries, questions }: ReturnType<typeof loadSet>): Promise<Record<string, unknown>> {
  const { register } = await ask<{ register: { token: string; user: { id: string } } }>(
    'mutation { register(input: { userName: "bench", password: "correct horse battery" }) { token user { id } } }',
  );
  const made: IndexedEntry[] = [];
  for (const { id, tags, ...text } of entries.slice(0, ENTRIES)) {
    made.push({ id, category: 'note', tags, tokens: await analyzeEntry(needs.morphemes, { ...text, tags }) });
  }
  for (let at = 0; at < ENTRIES; at += MAX_ENTRIES_PER_CHANGE) {
    const numbers = Array.from({ length: Math.min(MAX_ENTRIES_PER_CHANGE, ENTRIES - at) }, (_, n) => at + n);
    await needs.archive.insert(
      numbers.map((number) => entryOf(register.user.id, mixed(made, number))),
      ROOM,
    );
  }
  const search = (query: string) =>
    ask(
      'query ($query: String!) { searchArchive(query: $query, first: 10) { entry { id title summary } score snippet } }',
      {
        token: register.token,
        variables: { query: query.slice(0, 200) },
      },
    );

  const fromTokens = await timed(() => search('파일 정렬'));
  // Until it is written.
  while ((await needs.indexObjects.find(register.user.id)) === null) await sleep(100);
  const other = new ArchiveIndexes(needs, new IndexMemory(config.settings.archive.maxIndexBytes));
  const fromObject = await timed(() => other.open(register.user.id));

  const index = await composed.house.archiveIndexes.open(register.user.id);
  while (index.isUntidy) await sleep(100);
  const times: number[] = [];
  for (const { text } of questions.slice(0, QUERIES)) times.push(await timed(() => search(text)));
  const warm = times.slice(WARMING);
  return {
    entries: ENTRIES,
    'first search from tokens, s': (fromTokens / 1000).toFixed(2),
    'index from its object, s': (fromObject / 1000).toFixed(2),
    'search p50, ms': percentile(warm, 0.5).toFixed(1),
    'search p95, ms': percentile(warm, 0.95).toFixed(1),
  };
}

function entryOf(ownerId: string, { tokens, category, tags }: IndexedEntry) {
  const now = new Date();
  const text = { title: '메모', summary: '', content: '내용', sourceUrl: null };
  const entry = { id: newId('arc'), ownerId, category, tags, ...text, version: 1, createdAt: now, updatedAt: now };
  return { entry, tokens };
}

async function ask<Data>(
  query: string,
  { token, variables = {} }: { token?: string; variables?: Record<string, unknown> } = {},
): Promise<Data> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
