/**
 * How fast the archive's search is, in process, over made-up short entries: `ENTRIES=100000 node --import @oxc-node/core/register
 * bench/retrieval/speed.ts`. Words are drawn as in real texts, a few of them very often.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { analyzeEntry } from '../../src/domain/archive/analysis/analyze-entry.js';
import { analyzeQuery } from '../../src/domain/archive/analysis/analyze-query.js';
import { ArchiveIndex } from '../../src/domain/archive/archive-index.js';
import type { IndexedEntry } from '../../src/domain/archive/index/build-segment.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';
import { loadSet } from './data-sets.js';
import { mixed } from './made-entries.js';
import { mean, percentile } from './ndcg.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: ENTRIES=10000 node … bench/retrieval/speed.ts FOLDER');

const ENTRIES = Number(process.env['ENTRIES'] ?? 10_000);
const QUERIES = 300;
const BATCH = 5_000;

const analyzer = new GaruAnalyzer();
try {
  console.table([await measure(loadSet(folder, 'tldr-ko'))]);
} finally {
  await analyzer.close();
}

/** Entries beyond those of the set are its entries again, each with the terms of two others mixed in half and half. */
async function measure({ entries, questions }: ReturnType<typeof loadSet>): Promise<Record<string, unknown>> {
  const index = new ArchiveIndex();
  const made: IndexedEntry[] = [];
  const analysis: number[] = [];
  for (const { id, tags, category, ...text } of entries
    .slice(0, ENTRIES)
    .map((entry) => ({ category: 'note', ...entry }))) {
    const start = performance.now();
    made.push({ id, category, tags, tokens: await analyzeEntry(analyzer, { ...text, tags }) });
    analysis.push(performance.now() - start);
  }
  const started = performance.now();
  let longestMerging = 0;
  for (let at = 0; at < ENTRIES; at += BATCH) {
    await index.add(Array.from({ length: Math.min(BATCH, ENTRIES - at) }, (_, n) => mixed(made, at + n)));
    longestMerging = Math.max(longestMerging, await longestTurn(() => index.tidy()));
  }
  const built = performance.now() - started;

  const added: number[] = [];
  for (let at = 0; at < 200; at++) {
    const start = performance.now();
    await index.add([mixed(made, ENTRIES + at)]);
    added.push(performance.now() - start);
  }
  const asked: number[] = [];
  const worked: number[] = [];
  for (const { text } of questions.slice(0, QUERIES)) {
    const start = performance.now();
    const cpu = process.cpuUsage();
    index.search(await analyzeQuery(analyzer, text), { limit: 10 });
    asked.push(performance.now() - start);
    const { user, system } = process.cpuUsage(cpu);
    worked.push((user + system) / 1000);
  }
  const warm = asked.slice(20);
  return {
    entries: ENTRIES,
    'analysis of an entry, ms': mean(analysis).toFixed(2),
    'adding one, ms': mean(added).toFixed(2),
    'longest turn of merging, ms': longestMerging.toFixed(1),
    'building, s': (built / 1000).toFixed(1),
    'search p50, ms': percentile(warm, 0.5).toFixed(2),
    'search p95, ms': percentile(warm, 0.95).toFixed(2),
    'of it processor, ms': percentile(worked.slice(20), 0.95).toFixed(2),
    'bytes an entry': Math.round(index.byteLength / ENTRIES),
  };
}

/** Milliseconds. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  await setImmediate();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return delay.max / 1e6;
}
