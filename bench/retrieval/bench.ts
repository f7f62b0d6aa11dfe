/**
 * How well the archive's search ranks, on public Korean sets: `npm run bench:retrieval -- ../shared/retrieval-bench`.
 * SETS names some of the sets, QUESTIONS limits how many are asked of each, SPLIT=dev asks only what rankings are tuned on.
 */
import { analyzeEntry } from '../../src/domain/archive/analysis/analyze-entry.js';
import { analyzeQuery } from '../../src/domain/archive/analysis/analyze-query.js';
import { ArchiveIndex } from '../../src/domain/archive/archive-index.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';
import { loadSet, SET_NAMES, splitOf, type DataSet, type Question } from './data-sets.js';
import { mean, ndcg, percentile } from './ndcg.js';

const DEPTH = 10;
const BATCH = 500;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: npm run bench:retrieval -- FOLDER');

const names = process.env['SETS']?.split(',') ?? SET_NAMES;
const most = Number(process.env['QUESTIONS'] ?? Infinity);
const onlySplit = process.env['SPLIT'];

const analyzer = new GaruAnalyzer();
try {
  const rows: Record<string, unknown>[] = [];
  for (const name of names) rows.push(await measure(loadSet(folder, name)));
  console.table(rows);
} finally {
  await analyzer.close();
}

async function measure({ name, entries, questions }: DataSet): Promise<Record<string, unknown>> {
  const index = new ArchiveIndex();
  const started = performance.now();
  for (let at = 0; at < entries.length; at += BATCH) {
    const batch = entries.slice(at, at + BATCH);
    const tokens = await Promise.all(batch.map((entry) => analyzeEntry(analyzer, entry)));
    await index.add(batch.map(({ id, tags }, n) => ({ id, category: 'note', tags, tokens: tokens[n] ?? missing() })));
  }
  await index.tidy();
  const indexed = performance.now() - started;

  const asked = thin(questions.filter((question) => onlySplit === undefined || splitOf(question) === onlySplit));
  const results: { ndcg: number; ms: number; split: string }[] = [];
  for (const question of asked) {
    const start = performance.now();
    const hits = index.search(await analyzeQuery(analyzer, question.text), { limit: DEPTH });
    const ms = performance.now() - start;
    const ranking = hits.map(({ entryId }) => entryId);
    results.push({ ndcg: ndcg(ranking, question.relevant, DEPTH), ms, split: splitOf(question) });
  }
  const quality = (split?: string): string =>
    mean(
      results.filter((result) => split === undefined || result.split === split).map((result) => result.ndcg),
    ).toFixed(4);
  return {
    set: name,
    entries: entries.length,
    questions: asked.length,
    'nDCG@10': quality(),
    dev: quality('dev'),
    test: quality('test'),
    'index, ms an entry': (indexed / entries.length).toFixed(2),
    'search p95, ms': percentile(
      results.map(({ ms }) => ms),
      0.95,
    ).toFixed(2),
    'index, bytes an entry': Math.round(index.byteLength / entries.length),
  };
}

function missing(): never {
  throw new Error('An entry has no tokens.');
}

/** Evenly over all of them. */
function thin(questions: readonly Question[]): Question[] {
  const step = Math.max(1, questions.length / most);
  return Array.from(
    { length: Math.min(questions.length, most) },
    (_, at) => questions[Math.floor(at * step)] ?? missing(),
  );
}
