import fc from 'fast-check';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { analyzeEntry, type EntryText, type StoredTokens } from '../../src/domain/archive/analysis/analyze-entry.js';
import { analyzeQuery } from '../../src/domain/archive/analysis/analyze-query.js';
import { analyzerVersion } from '../../src/domain/archive/analysis/text-terms.js';
import { ArchiveIndex } from '../../src/domain/archive/archive-index.js';
import { buildSegment, type IndexedEntry } from '../../src/domain/archive/index/build-segment.js';
import { mergeSegments } from '../../src/domain/archive/index/merge-segments.js';
import type { SearchHit, SearchOptions } from '../../src/domain/archive/ranking/rank.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';

const analyzer = new GaruAnalyzer();
afterAll(() => analyzer.close());

const VERSION = analyzerVersion(analyzer);

async function entryOf(id: string, text: Partial<EntryText & { category: string }>): Promise<IndexedEntry> {
  const { category = 'code', tags = [] } = text;
  const tokens = await analyzeEntry(analyzer, { title: '', summary: '', content: '', ...text, tags });
  return { id, category, tags, tokens };
}

async function search(index: ArchiveIndex, text: string, options: Partial<SearchOptions> = {}): Promise<SearchHit[]> {
  return index.search(await analyzeQuery(analyzer, text), { limit: 10, ...options });
}

function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const idsOf = (hits: readonly SearchHit[]): string[] => hits.map(({ entryId }) => entryId);

describe('an archive of one entry', () => {
  it('is found in, whatever particle or ending the words have', async () => {
    const index = new ArchiveIndex();
    await index.add([await entryOf('a', { summary: '리스트 정렬 코드' })]);

    const [hit, ...others] = await search(index, '리스트를 정렬하는');

    expect(others).toEqual([]);
    expect(hit).toMatchObject({ entryId: 'a', piece: { start: 0, end: 0 } });
    expect(hit?.matchedBy).toEqual(expect.arrayContaining(['WORD', 'SYLLABLES']));
    expect(hit?.matchedWords).toEqual(expect.arrayContaining(['리스트', '정렬']));
    expect(hit?.matchedPairs).toEqual(expect.arrayContaining(['리스', '스트', '정렬']));
    expect(hit?.score).toBeGreaterThan(0.3);
    expect(hit?.score).toBeLessThanOrEqual(1);
  });

  it.each([
    ['쿠버네티스', 'Kubernetes 클러스터에 접속한다'],
    ['도커', 'Docker 이미지를 만든다'],
    ['인코딩', 'Encoding이 다르다'],
    ['리스트', '목록을 만든다'],
    ['설정', 'User settings'],
    ['초과', 'limit exceeded'],
  ])('is found in by another word for the same: %s in %s', async (question, content) => {
    const index = new ArchiveIndex();
    await index.add([await entryOf('a', { content })]);

    expect(idsOf(await search(index, question))).toEqual(['a']);
  });

  it.each(['양자역학 강의', 'zzz', '', '   ', '!!!', '김치찌개 끓이기'])('answers nothing to %j', async (question) => {
    const index = new ArchiveIndex();
    await index.add([await entryOf('a', { summary: '리스트 정렬 코드' })]);

    expect(await search(index, question)).toEqual([]);
  });
});

it.each([1, 2, 3])('what all of %i entries have finds none of them beside a word that none has', async (count) => {
  const index = new ArchiveIndex();
  for (let id = 1; id <= count; id++)
    await index.add([await entryOf(`${id}`, { tags: ['python'], content: `notes ${id}` })]);

  expect(await search(index, 'kimchi python')).toEqual([]);
});

it('both entries of an archive are found by another word for what they have', async () => {
  const index = new ArchiveIndex();
  for (const id of ['a', 'b']) await index.add([await entryOf(id, { content: `Kubernetes ${id}` })]);

  expect(idsOf(await search(index, '쿠버네티스')).toSorted()).toEqual(['a', 'b']);
});

it('an empty index answers nothing', async () => {
  expect(await search(new ArchiveIndex(), '정렬')).toEqual([]);
});

describe('a search', () => {
  async function fourEntries(): Promise<ArchiveIndex> {
    const index = new ArchiveIndex();
    await index.add([
      await entryOf('sort', { summary: '리스트 정렬', tags: ['python', 'list'] }),
      await entryOf('sort-note', { summary: '정렬 알고리즘 메모', category: 'note', tags: ['list'] }),
      await entryOf('search', { summary: '이진 검색', tags: ['python'] }),
      await entryOf('merge', { summary: '합병 정렬', tags: ['cpp'] }),
    ]);
    return index;
  }

  it('keeps to a category', async () => {
    expect(idsOf(await search(await fourEntries(), '정렬', { category: 'note' }))).toEqual(['sort-note']);
    expect(await search(await fourEntries(), '정렬', { category: 'url' })).toEqual([]);
  });

  it('keeps to entries that have all tags', async () => {
    expect(idsOf(await search(await fourEntries(), '정렬', { tags: ['python', 'list'] }))).toEqual(['sort']);
    expect(idsOf(await search(await fourEntries(), '정렬', { tags: ['list'] })).toSorted()).toEqual([
      'sort',
      'sort-note',
    ]);
  });

  it('gives at most as many as asked for, and none below the least score', async () => {
    const all = await search(await fourEntries(), '정렬');

    expect(all).toHaveLength(3);
    expect(await search(await fourEntries(), '정렬', { limit: 2 })).toEqual(all.slice(0, 2));
    expect(await search(await fourEntries(), '정렬', { limit: 0 })).toEqual([]);
    expect(await search(await fourEntries(), '정렬', { minScore: 1 })).toEqual([]);
  });
});

it('a question means the same however its syllables are composed, up to its end', async () => {
  const text = `${'한글한글한글한글 '.repeat(20)}정렬`;

  expect(await analyzeQuery(analyzer, text.normalize('NFD'))).toEqual(await analyzeQuery(analyzer, text));
});

describe('a misspelled word', () => {
  async function twoEntries(): Promise<ArchiveIndex> {
    const index = new ArchiveIndex();
    await index.add([
      await entryOf('sort', { summary: '리스트 정렬 retry' }),
      await entryOf('weather', { summary: '서울 날씨' }),
    ]);
    return index;
  }

  it.each([
    ['정럴', 'sort'],
    ['리스트 정럴', 'sort'],
    ['list retyr', 'sort'],
    ['서을 날시', 'weather'],
    ['정럴하는 방법 알려줘', 'sort'],
    ['retyr example', 'sort'],
  ])('is taken for one that is like it where it is all of the question, or the rest agrees: %s', async (text, id) => {
    expect(idsOf(await search(await twoEntries(), text))).toEqual([id]);
  });

  it.each(['고양이 정럴', 'kafka retyr', '날시 kafka', '양자역학 정럴 강의'])(
    'is another word where nothing else of the question is there: %s',
    async (text) => {
      expect(await search(await twoEntries(), text, { minScore: 0.01 })).toEqual([]);
    },
  );
});

describe('a long entry', () => {
  const filler = '이 문단은 다른 이야기를 길게 늘어놓을 뿐이다. '.repeat(60);
  const content = `${filler}\n\n여기에서 파서를 작성하는 방법을 설명한다.\n\n${filler}`;

  it('is found once, by its best piece', async () => {
    const index = new ArchiveIndex();
    await index.add([await entryOf('long', { content }), await entryOf('other', { summary: '전혀 다른 글' })]);

    const hits = await search(index, '파서를 작성');

    expect(idsOf(hits)).toEqual(['long']);
    const { start, end } = hits[0]?.piece ?? { start: 0, end: 0 };
    expect(content.slice(start, end)).toContain('파서를 작성하는 방법');
    expect(end - start).toBeLessThanOrEqual(1_200);
  });
});

describe('entries that change', () => {
  it('are found as they are now', async () => {
    const index = new ArchiveIndex();
    await index.add([await entryOf('a', { summary: '리스트 정렬' }), await entryOf('b', { summary: '정렬 메모' })]);
    await index.add([await entryOf('a', { summary: '이진 검색' })]);

    expect(idsOf(await search(index, '정렬'))).toEqual(['b']);
    expect(idsOf(await search(index, '검색'))).toEqual(['a']);
    expect(index.remove('b')).toBe(true);
    expect(index.remove('b')).toBe(false);
    expect(await search(index, '정렬')).toEqual([]);
    expect(index.entryCount).toBe(1);
  });

  it('give the same answers however they came in, merged, written and read back', async () => {
    const words = ['정렬', '검색', '리스트', '배열', 'retry', 'getUserName', '캐시', '삭제', '오류', '파일'];
    const known = new Map<string, StoredTokens>();
    const tokensOf = async (summary: string): Promise<StoredTokens> => {
      const tokens = known.get(summary) ?? (await entryOf('', { summary })).tokens;
      known.set(summary, tokens);
      return tokens;
    };
    const change = fc.record({
      id: fc.integer({ min: 0, max: 30 }),
      summary: fc.option(fc.tuple(fc.constantFrom(...words), fc.constantFrom(...words)), { nil: null }),
      isTidied: fc.boolean(),
    });

    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 80 }), async (changes) => {
        let index = new ArchiveIndex();
        const truth = new Map<string, IndexedEntry>();
        for (const { id: number, summary, isTidied } of changes) {
          const id = `e${number}`;
          if (summary === null) {
            expect(index.remove(id)).toBe(truth.delete(id));
          } else {
            const entry = { id, category: 'code', tags: [], tokens: await tokensOf(summary.join(' ')) };
            await index.add([entry]);
            truth.set(id, entry);
          }
          if (isTidied) await index.tidy();
        }
        await index.tidy();
        const fresh = new ArchiveIndex();
        await fresh.add([...truth.values()]);
        index = ArchiveIndex.fromBuffer(Buffer.concat(index.toChunks(VERSION)), VERSION);

        expect(index.entryCount).toBe(truth.size);
        for (const word of words) {
          const found = idsOf(await search(index, word, { limit: 50, minScore: 0 })).toSorted();
          expect(found).toEqual(idsOf(await search(fresh, word, { limit: 50, minScore: 0 })).toSorted());
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are merged to what they would be if packed at once', async () => {
    const entries = await Promise.all(
      ['정렬 코드', '검색 코드', 'retry 로직', '리스트 정렬', '캐시 삭제'].map((summary, n) =>
        entryOf(`e${n}`, { summary }),
      ),
    );
    const [a, b] = [entries.filter((_, n) => n % 2 === 0), entries.filter((_, n) => n % 2 === 1)];
    const merge = mergeSegments(
      { segment: atOnce(buildSegment(a)), isAlive: (entry) => entry !== 0 },
      { segment: atOnce(buildSegment(b)), isAlive: () => true },
    );

    const merged = atOnce(merge);

    expect(Buffer.from(merged.segment.bytes)).toEqual(Buffer.from(atOnce(buildSegment(entries.slice(1))).bytes));
  });

  it('are right after a large merge during which they changed', async () => {
    const index = new ArchiveIndex();
    const { tokens } = await entryOf('', { summary: '리스트 정렬' });
    const entry = (n: number): IndexedEntry => ({
      id: `e${String(n).padStart(5, '0')}`,
      category: 'code',
      tags: [],
      tokens,
    });
    await index.add(Array.from({ length: 3_000 }, (_, n) => entry(n)));
    await index.add(Array.from({ length: 3_000 }, (_, n) => entry(3_000 + n)));
    expect(index.isUntidy).toBe(true);

    const tidied = index.tidy();
    index.remove('e00001');
    index.remove('e05000');
    await index.add([entry(7_000)]);
    await tidied;

    expect(index.isUntidy).toBe(false);
    expect(index.entryCount).toBe(5_999);
    expect(index.remove('e00001')).toBe(false);
    expect(index.remove('e07000')).toBe(true);
  });

  it('are all there when some are added while the part that they would be merged into is being merged', async () => {
    const index = new ArchiveIndex();
    const { tokens } = await entryOf('', { summary: '리스트 정렬' });
    const entries = (first: number, count: number): IndexedEntry[] =>
      Array.from({ length: count }, (_, n) => ({ id: `e${first + n}`, category: 'code', tags: [], tokens }));
    await index.add(entries(0, 3_000));
    await index.add(entries(3_000, 10));
    for (let n = 0; n < 2_000; n++) index.remove(`e${n}`);

    const tidied = index.tidy();
    await index.add(entries(4_000, 10));
    await tidied;

    expect(index.entryCount).toBe(1_020);
    for (const { id } of entries(4_000, 10)) expect(index.remove(id)).toBe(true);
  });
});

describe('an index in bytes', () => {
  it('is refused when it is damaged or of another analyzer', async () => {
    const index = new ArchiveIndex();
    await index.add([await entryOf('a', { summary: '리스트 정렬' })]);
    const bytes = Buffer.concat(index.toChunks(VERSION));

    expect(() => ArchiveIndex.fromBuffer(bytes, 'other')).toThrow(RangeError);
    expect(() => ArchiveIndex.fromBuffer(bytes.subarray(0, -5), VERSION)).toThrow(RangeError);
    expect(() => ArchiveIndex.fromBuffer(Buffer.from('nothing of the kind'), VERSION)).toThrow(RangeError);
    expect(() => ArchiveIndex.fromBuffer(Buffer.alloc(0), VERSION)).toThrow(RangeError);
  });

  it('holds its own size', async () => {
    const index = new ArchiveIndex();
    await index.add([await entryOf('a', { summary: '리스트를 오름차순으로 정렬' })]);

    expect(index.byteLength).toBeGreaterThan(100);
    expect(Buffer.concat(index.toChunks(VERSION)).length).toBeGreaterThanOrEqual(index.byteLength);
  });
});

it('20 KB of text without a space do not keep the event loop waiting', async () => {
  const content = '네트워크연결이끊겼을때다시시도하는코드'.repeat(1_100).slice(0, 20_000);
  const longestTurns: number[] = [];

  // A busy machine may stop us at any time; it does not stop us each time.
  for (let round = 0; round < 4; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const { tokens } = await entryOf('a', { content });
    delay.disable();
    longestTurns.push(delay.max / 1e6);
    expect(tokens.pieces.length).toBeGreaterThan(10);
  }

  expect(Math.min(...longestTurns)).toBeLessThan(50);
});

describe('entries of many different words', () => {
  const entries = Array.from({ length: 3 }, (_, n): IndexedEntry => {
    const terms = Array.from({ length: 20_000 }, (_term, at) => `iw${(n * 20_000 + at) * 131}`);
    const piece = { start: 0, end: 1, terms: terms.join(' '), counts: terms.map(() => 1) };
    return { id: `e${n}`, category: 'code', tags: [], tokens: { version: VERSION, pieces: [piece] } };
  });

  it('are packed in many small steps', () => {
    const steps = buildSegment(entries);
    let count = 0;
    while (steps.next().done !== true) count++;

    expect(count).toBeGreaterThan(100);
  });

  it('leave turns to others while they are added', async () => {
    const index = new ArchiveIndex();
    let isAdding = true;
    const adding = index.add(entries).finally(() => (isAdding = false));
    let turns = 0;
    for (; isAdding; turns++) await setImmediate();
    await adding;

    expect(index.entryCount).toBe(3);
    expect(turns).toBeGreaterThan(10);
  });
});
