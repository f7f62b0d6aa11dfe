import { expect, it } from 'vitest';
import { estimateTokens } from '../../src/domain/models/estimate-tokens.js';
import { withCost } from '../../src/domain/models/price.js';
import { NO_USAGE } from '../../src/domain/usage/usage.js';

/** With what the tokenizers o200k_base and cl100k_base really make of them. */
it.each([
  ['', 0, 0],
  ['Hello, world! This is a test of the tokenizer.', 12, 12],
  ['The quick brown fox jumps over the lazy dog near the riverbank, and nobody was surprised.', 19, 19],
  ['리스트를 정렬하는 코드를 찾아 주세요.', 11, 15],
  ['오늘 서울의 날씨는 맑고 기온은 섭씨 20도 정도로 예상됩니다. 산책하기 좋은 하루가 되겠습니다.', 32, 55],
  ['今日は東京で雨が降っています。傘を持って行きましょう。', 18, 29],
  ['function add(a: number, b: number): number { return a + b; }', 18, 18],
  ['{"timeZone":"Asia/Seoul","items":[1,2,3],"nested":{"a":null}}', 23, 23],
])('takes "%s" for about %i to %i tokens', (text, newer, older) => {
  expect(estimateTokens(text)).toBeGreaterThanOrEqual(0.95 * newer);
  expect(estimateTokens(text)).toBeLessThanOrEqual(1.6 * Math.max(newer, older));
});

it('counts every wide character, and parts of it in other forms, for more than a Latin one', () => {
  for (const text of ['가', '漢', 'あ', '😀', '가'.normalize('NFD'), 'ａ']) {
    expect(estimateTokens(text.repeat(100))).toBeGreaterThanOrEqual(80);
  }
  expect(estimateTokens('word '.repeat(20))).toBeLessThanOrEqual(30);
});

it('prices usage per million tokens, and knows no cost where there is no price', () => {
  const usage = { ...NO_USAGE, inputTokens: 2_000_000, outputTokens: 500_000 };

  expect(withCost(usage, { inputPrice: 0.25, outputPrice: 2 }).cost).toBe(1.5);
  expect(withCost(usage, { inputPrice: null, outputPrice: 2 }).cost).toBe(1);
  expect(withCost({ ...usage, cost: 3 }, { inputPrice: null, outputPrice: null })).toEqual({ ...usage, cost: null });
});
