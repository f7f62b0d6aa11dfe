import { afterAll, expect, it, vi } from 'vitest';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';
import { loadTagger } from '../../src/infra/garu/tagger.js';

const analyzer = new GaruAnalyzer();
afterAll(() => analyzer.close());

it('splits each word of a line', async () => {
  expect(await analyzer.morphemesOf('리스트를 정렬하는 A로')).toEqual([
    [
      { text: '리스트', tag: 'NNG' },
      { text: '를', tag: 'JKO' },
    ],
    [
      { text: '정렬', tag: 'NNG' },
      { text: '하', tag: 'XSV' },
      { text: '는', tag: 'ETM' },
    ],
    [
      { text: 'A', tag: 'SL' },
      { text: '로', tag: 'JKB' },
    ],
  ]);
});

it('splits a long line in its thread as a short one here', async () => {
  const line = '데이터베이스 연결을 재사용하는 방법';
  const times = 60;

  const long = await analyzer.morphemesOf(Array.from({ length: times }, () => line).join(' '));

  expect(long).toHaveLength(4 * times);
  expect(long.slice(0, 4)).toEqual(await analyzer.morphemesOf(line));
});

it('gives a word longer than a piece as one word', async () => {
  const morphemes = await analyzer.morphemesOf(`앞 ${'가나다라'.repeat(50)} 뒤`);

  expect(morphemes).toHaveLength(3);
});

it('knows nothing of nothing', async () => {
  expect(await analyzer.morphemesOf('')).toEqual([]);
});

it('tells those who wait that it was closed, and starts anew when it is asked again', async () => {
  const closing = new GaruAnalyzer();
  const long = '데이터베이스 연결을 재사용하는 방법 '.repeat(100);

  const [waiting] = await Promise.allSettled([closing.morphemesOf(long), closing.close()]);

  expect(waiting).toMatchObject({ status: 'rejected', reason: { message: 'The morpheme analyzer was closed.' } });
  expect((await closing.morphemesOf(long)).length).toBe(400);
  await closing.close();
});

it('loads its model again after it could not be read once', async () => {
  const load = vi.fn<typeof loadTagger>(loadTagger).mockRejectedValueOnce(new Error('too many open files'));
  const fresh = new GaruAnalyzer(load);
  await expect(fresh.morphemesOf('방법')).rejects.toThrow('too many open files');

  expect(await fresh.morphemesOf('방법')).toEqual([[{ text: '방법', tag: 'NNG' }]]);
});
