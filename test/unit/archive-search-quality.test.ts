import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzeEntry } from '../../src/domain/archive/analysis/analyze-entry.js';
import { analyzeQuery } from '../../src/domain/archive/analysis/analyze-query.js';
import { ArchiveIndex } from '../../src/domain/archive/archive-index.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';
import { GUARD_ENTRIES } from '../kit/archive-guard-entries.js';
import { GUARD_QUESTIONS } from '../kit/archive-guard-questions.js';

const analyzer = new GaruAnalyzer();
const index = new ArchiveIndex();

beforeAll(async () => {
  for (const { id, ...text } of GUARD_ENTRIES) {
    await index.add([{ id, category: 'code', tags: text.tags, tokens: await analyzeEntry(analyzer, text) }]);
  }
});
afterAll(() => analyzer.close());

async function firstHits(question: string, limit: number): Promise<string[]> {
  return index.search(await analyzeQuery(analyzer, question), { limit }).map(({ entryId }) => entryId);
}

describe.each(Object.entries(GUARD_QUESTIONS))('asked by %s', (_, questions) => {
  it.each(questions)('%s', async (question, entryId) => {
    expect(await firstHits(question, 3)).toContain(entryId);
  });

  it('at least four of five answers come first', async () => {
    const firsts = await Promise.all(questions.map(async ([question]) => (await firstHits(question, 1))[0]));
    const right = firsts.filter((first, at) => first === questions[at]?.[1]);

    expect(right.length / questions.length).toBeGreaterThanOrEqual(0.8);
  });
});

it.each(['양자역학 강의', '안녕하세요 반갑습니다', '축구 경기 결과', '김치찌개 끓이는 법', 'zzzz qqqq'])(
  'what is not there is not found: %s',
  async (question) => {
    expect(await firstHits(question, 3)).toEqual([]);
  },
);
