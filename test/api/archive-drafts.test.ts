import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveEntry, searchEntries, SUMMARIZE } from '../kit/archive-entries.js';
import { fail, say } from '../kit/fake-llm.js';
import { codesOf, openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let owner: Person;
let ada: Person;
beforeAll(async () => {
  house = await openHouse();
  owner = await house.join('owner');
});
afterAll(() => house.close());

describe('a draft of a summary', () => {
  beforeEach(async () => {
    ada = await house.join();
  });

  const draft = async (content: string) =>
    (await ada.get<{ summarizeContent: object }>(SUMMARIZE, { input: { content } })).summarizeContent;
  const USED = '{ usage(filter: { groupBy: [] }) { total { calls inputTokens outputTokens } } }';

  it('is what the model says, without ornaments', async () => {
    house.llm.script([say('"리스트 정렬 코드."\n설명: …')]);

    expect(await draft('items.sort()')).toEqual({ canSummarize: true, summary: '리스트 정렬 코드', reason: null });
  });

  it.each(['\n```text\n리스트 정렬\n```', '## 리스트 정렬', '**리스트 정렬**', '- 리스트 정렬'])(
    'is the first line that says something: %j',
    async (answer) => {
      house.llm.script([say(answer)]);

      expect(await draft('items.sort()')).toMatchObject({ summary: '리스트 정렬' });
    },
  );

  it('is asked for once more if it is too long', async () => {
    const asked = house.llm.requests.length;
    house.llm.script([say('가'.repeat(50)), say('짧은 요약')]);

    expect(await draft('…')).toEqual({ canSummarize: true, summary: '짧은 요약', reason: null });
    expect(house.llm.requests.slice(asked).map(({ body }) => body.messages.length)).toEqual([2, 4]);
  });

  it('is cut at a word if it is too long even then', async () => {
    const long = '아주 길고 또 긴 설명이 이어지는 요약 문장이어서 삼십 글자를 넘는다';
    house.llm.script([say(long), say(long)]);

    expect(await draft('…')).toEqual({
      canSummarize: true,
      summary: '아주 길고 또 긴 설명이 이어지는 요약 문장이어서 삼십',
      reason: null,
    });
  });

  it.each([
    '요약불가: 의미 없는 글자입니다',
    '요약 불가 - 의미 없는 글자입니다',
    '요약 불가능합니다. 의미 없는 글자입니다',
    '**요약불가**: 의미 없는 글자입니다',
    '```\n요약불가\n의미 없는 글자입니다\n```',
  ])('is 요약불가, with the reason, where there is nothing to sum up: %j', async (answer) => {
    house.llm.script([say(answer)]);

    expect(await draft('asdf qwer zxcv')).toEqual({
      canSummarize: false,
      summary: '요약불가',
      reason: '의미 없는 글자입니다',
    });
  });

  it.each(['요약 불가능한 문서의 목록', '자동 요약 불가 오류를 처리하는 코드', '요약불가 판정 함수'])(
    'is of a text about what cannot be summed up as of any other: %j',
    async (summary) => {
      house.llm.script([say(summary)]);

      expect(await draft('items.sort()')).toEqual({ canSummarize: true, summary, reason: null });
    },
  );

  it.each(['요약불가', '요약 불가능.', '요약 불가합니다.'])('is 요약불가 without a reason too: %j', async (answer) => {
    house.llm.script([say(answer)]);

    expect(await draft('asdf qwer zxcv')).toEqual({
      canSummarize: false,
      summary: '요약불가',
      reason: 'The model found no meaning in it.',
    });
  });

  it('asks nobody about an empty text', async () => {
    const asked = house.llm.requests.length;

    expect(await draft(' \n ')).toEqual({ canSummarize: false, summary: '요약불가', reason: 'There is no text.' });
    expect(house.llm.requests).toHaveLength(asked);
  });

  it.each([
    ['all of it, where that is short', 'items.sort()', 'items.sort()'],
    [
      'its beginning and its end, where it is long',
      `${'a'.repeat(9_000)}${'b'.repeat(9_000)}${'c'.repeat(3_000)}`,
      `${'a'.repeat(9_000)}\n[…]\n${'c'.repeat(3_000)}`,
    ],
  ])('is made of %s', async (_, content, shown) => {
    house.llm.script([say('요약')]);

    await draft(content);

    expect(house.llm.requests.at(-1)!.body.messages.at(-1)).toEqual({ role: 'user', content: shown });
  });

  it('is on the books of whoever asked for it', async () => {
    house.llm.script([say('가'.repeat(50)), say('짧은 요약')]);

    await draft('…');

    expect(await ada.get(USED)).toEqual({
      usage: { total: { calls: 2, inputTokens: 20, outputTokens: 10 } },
    });
  });

  it('costs nobody more than their budget', async () => {
    const input = { userId: ada.id, maxTokens: 10 };
    await owner.get('mutation ($input: SetBudgetInput!) { setBudget(input: $input) { userId } }', { input });
    const asked = house.llm.requests.length;

    expect(codesOf(await ada.ask(SUMMARIZE, { input: { content: '…' } }))).toEqual([['BUDGET_EXCEEDED', undefined]]);
    expect(house.llm.requests).toHaveLength(asked);
  });

  it('says so where the service fails', async () => {
    house.llm.script([fail(401)]);

    expect(codesOf(await ada.ask(SUMMARIZE, { input: { content: '…' } }))).toEqual([['UPSTREAM_REFUSED', undefined]]);
  });

  it('is edited by the user, and what they wrote is what is found', async () => {
    house.llm.script([say('모델이 쓴 초안')]);
    const { summary } = (await draft('…')) as { summary: string };

    await saveEntry(ada, { summary: summary.replace('모델이 쓴 초안', '사람이 고친 문구') });

    expect(await searchEntries(ada, '초안')).toEqual([]);
    expect(await searchEntries(ada, '고친 문구')).toHaveLength(1);
  });
});
