import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { createLog } from '../../src/base/log.js';
import { countOrEstimate } from '../../src/domain/models/count-tokens.js';
import { WorkerTokenizer } from '../../src/infra/tokenizer/worker-tokenizer.js';
import { median, timeOf } from '../kit/timing.js';

const tokenizer = new WorkerTokenizer();
afterAll(() => tokenizer.close());

/** With what o200k_base makes of them. */
it('counts exactly, each text for itself, in their order', async () => {
  const counts = await tokenizer.count([
    'Hello, world! This is a test of the tokenizer.',
    '',
    '오늘 서울의 날씨는 맑고 기온은 섭씨 20도 정도로 예상됩니다. 산책하기 좋은 하루가 되겠습니다.',
    'function add(a: number, b: number): number { return a + b; }',
    'word '.repeat(1_000),
  ]);

  expect(counts).toEqual([12, 0, 32, 18, 1_001]);
});

it('takes marks of the model’s protocol for text, and half a character for what it is', async () => {
  const [mark, half] = await tokenizer.count(['<|endoftext|>', 'a\ud800b']);

  expect(mark).toBeGreaterThan(1);
  expect(half).toBeGreaterThan(1);
});

it('counts again what it has counted before, mixed with what is new', async () => {
  const [first] = await tokenizer.count(['리스트를 정렬하는 코드를 찾아 주세요.']);

  expect(await tokenizer.count(['hello', '리스트를 정렬하는 코드를 찾아 주세요.', 'hello'])).toEqual([1, first, 1]);
});

it.each(['가', ' ', '😀', 'a'])('keeps nobody waiting for a text of one word without end: %j', async (character) => {
  const counting = tokenizer.count([character.repeat(100_000)]);
  const delays: number[] = [];
  let isDone = false;
  void counting.then(() => (isDone = true));

  while (!isDone) delays.push((await timeOf(() => sleep(1))) - 1);

  const [count = 0] = await counting;
  expect(count).toBeGreaterThan(100);
  expect(count).toBeLessThanOrEqual(100_000);
  expect(median(delays)).toBeLessThan(20);
});

it('tells those that wait when it is closed, and starts anew when it is asked again', async () => {
  const own = new WorkerTokenizer();
  const waiting = own.count(['hello world']);

  await own.close();

  await expect(waiting).rejects.toThrow('closed');
  expect(await own.count(['hello world'])).toEqual([2]);
  await own.close();
});

it('is stood in for by an estimate where it fails, and the operator hears of it', async () => {
  const lines: string[] = [];
  const log = createLog('error', { write: (line) => void lines.push(line) });
  const count = countOrEstimate(() => Promise.reject(new Error('out of memory')), log);

  expect(await count(['word word', ''])).toEqual([expect.closeTo(2, -1), 0]);
  expect(lines).toEqual([expect.stringContaining('out of memory')]);
});
