/**
 * How fast vectors are compared, in process, and how many of the ten nearest are found, over made-up clusters:
 * `ENTRIES=100000 DIMENSIONS=1024 node --import @oxc-node/core/register bench/retrieval/vectors.ts`.
 */
import { likeness } from '../../src/domain/archive/vectors/packed-vector.js';
import { entryVectors, VectorIndex } from '../../src/domain/archive/vectors/vector-index.js';
import { clusteredVectors } from '../../test/kit/clustered-vectors.js';
import { percentile } from './ndcg.js';

const ENTRIES = Number(process.env['ENTRIES'] ?? 10_000);
const DIMENSIONS = Number(process.env['DIMENSIONS'] ?? 1_024);
const BATCH = 5_000;
const QUESTIONS = 60;
const ENTRIES_A_CLUSTER = 50;

const clusters = Math.ceil(ENTRIES / ENTRIES_A_CLUSTER);
const index = new VectorIndex();
/** The ten nearest of each question, by comparing all as they were before they were packed. */
const nearest: { id: string; like: number }[][] = Array.from({ length: QUESTIONS }, () => []);
// The same centres for all, so that questions are about what entries are about.
const questions = clusteredVectors(QUESTIONS, { dimensions: DIMENSIONS, clusters, seed: 7 });

let adding = 0;
for (let at = 0; at < ENTRIES; at += BATCH) {
  const count = Math.min(BATCH, ENTRIES - at);
  const vectors = clusteredVectors(count, { dimensions: DIMENSIONS, clusters, seed: 7, skip: at + QUESTIONS });
  const started = performance.now();
  for (const [n, vector] of vectors.entries())
    index.put(entryVectors({ entryId: `e${at + n}`, version: 1 }, [{ start: 0, end: 1, vector }]));
  adding += performance.now() - started;
  for (const [number, question] of questions.entries()) {
    const found = vectors.map((vector, n) => ({ id: `e${at + n}`, like: likeness(question, vector) }));
    nearest[number] = [...(nearest[number] ?? []), ...found].toSorted((a, b) => b.like - a.like).slice(0, 10);
  }
}

const took: number[] = [];
let found = 0;
for (const [number, question] of questions.entries()) {
  const started = performance.now();
  const hits = index.search(question, { floor: 0.2, limit: 50 }, () => true).slice(0, 10);
  took.push(performance.now() - started);
  const ids = new Set(hits.map(({ entryId }) => entryId));
  found += nearest[number]?.filter(({ id }) => ids.has(id)).length ?? 0;
}
const warm = took.slice(10);
console.table([
  {
    entries: ENTRIES,
    dimensions: DIMENSIONS,
    'search p50, ms': percentile(warm, 0.5).toFixed(1),
    'search p95, ms': percentile(warm, 0.95).toFixed(1),
    'of the ten nearest': (found / (10 * QUESTIONS)).toFixed(3),
    'adding one, ms': (adding / ENTRIES).toFixed(3),
    'bytes an entry': Math.round(index.byteLength / ENTRIES),
  },
]);
