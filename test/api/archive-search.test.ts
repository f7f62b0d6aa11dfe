import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveEntry, SEARCH, searchEntries, titlesOf } from '../kit/archive-entries.js';
import { callTool, say } from '../kit/fake-llm.js';
import { codesOf, openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  await house.join('owner');
});
afterAll(() => house.close());

/** Two people with empty archives. */
const newcomers = async () => {
  [ada, bob] = [await house.join(), await house.join()];
};

describe('finding', () => {
  beforeAll(async () => {
    await newcomers();
    await saveEntry(ada, {
      title: 'sort',
      summary: '리스트 정렬 코드',
      content: 'def sort_list(items):\n  return sorted(items)',
    });
    await saveEntry(ada, { title: 'merge', summary: '사전 병합 코드', content: 'merged = {**left, **right}' });
    await saveEntry(ada, {
      title: 'retry',
      summary: '재시도 도우미',
      content: 'async function retryWithBackoff(call) {}',
    });
    await saveEntry(ada, {
      title: 'notes',
      summary: '배포 회의록',
      category: 'doc',
      content: '배포는 금요일에 하지 않는다.',
    });
  });

  it.each([
    ['리스트를 정렬하는', 'sort'],
    ['두 사전을 병합하려면?', 'merge'],
    ['backoff', 'retry'],
    ['retry_with_backoff', 'retry'],
    ['금요일에 배포해도 되나', 'notes'],
  ])('finds by %j what is described in other words', async (query, title) => {
    expect(titlesOf(await searchEntries(ada, query))[0]).toBe(title);
  });

  it('marks where the match is, and says how it was found', async () => {
    const [sort] = await searchEntries(ada, '정렬');
    const [notes] = await searchEntries(ada, '금요일');

    expect([sort?.snippet, notes?.snippet]).toEqual(['리스트 «정렬» 코드', '배포는 «금요일»에 하지 않는다.']);
    expect(notes?.matchedBy).toContain('WORD');
    expect(notes?.score).toBeGreaterThan(0);
    expect(notes?.score).toBeLessThanOrEqual(1);
  });

  it('finds nothing where nothing fits', async () => {
    expect(await searchEntries(ada, '고양이 목욕')).toEqual([]);
    expect(await searchEntries(ada, '금요일', { category: 'code' })).toEqual([]);
    expect(await searchEntries(ada, '금요일', { category: 'other' })).toEqual([]);
  });

  it('brings no more than asked for, and nothing below the score that was asked for', async () => {
    const all = await searchEntries(ada, '코드');
    expect(all.length).toBeGreaterThan(1);

    expect(await searchEntries(ada, '코드', { first: 1 })).toEqual(all.slice(0, 1));
    expect(await searchEntries(ada, '코드', { minScore: 1 })).toEqual(all.filter(({ score }) => score >= 1));
  });

  it('counts what is decomposed, as on a Mac, by its syllables', async () => {
    const long = '정렬하는 법을 '.repeat(24);

    expect(codesOf(await ada.ask(SEARCH, { query: long.normalize('NFD') }))).toEqual([]);
  });

  it.each([
    ['query', { query: ' ' }],
    ['query', { query: '\ud800' }],
    ['query', { query: 'x'.repeat(201) }],
    ['first', { query: 'x', first: 0 }],
    ['first', { query: 'x', first: 51 }],
    ['minScore', { query: 'x', minScore: 2 }],
    ['category', { query: 'x', category: '{}' }],
  ])('refuses a %s that cannot be', async (field, variables) => {
    expect(codesOf(await ada.ask(SEARCH, variables))).toEqual([['INVALID_INPUT', field]]);
  });
});

describe('the tools', () => {
  beforeAll(newcomers);

  it('search only what belongs to whoever asks, also when two ask at once', async () => {
    await saveEntry(ada, { title: 'hers', summary: '정렬 코드' });
    await saveEntry(bob, { title: 'his', summary: '정렬 코드' });
    house.llm.otherwise((response, request) => {
      const hasResult = request.body.messages.at(-1)?.role === 'tool';
      return (hasResult ? say('Done.') : callTool('archive_search', { query: '정렬' }))(response, request);
    });

    const turns = await Promise.all(
      [ada, bob].map(async (person) => person.turn(await person.createConversation(), '정렬 코드를 찾아 줘')),
    );

    const outputs = turns.map((events) =>
      events.flatMap((event) => (event.__typename === 'ToolCallFinished' ? [event['output'] as string] : [])),
    );
    expect(outputs).toEqual([[expect.stringContaining('hers')], [expect.stringContaining('his\n')]]);
    expect(outputs[0]?.[0]).not.toContain('his\n');
  });

  it('save only for a message that names archive_save, and then by the right of whoever asks', async () => {
    const args = { category: 'doc', title: '메모', summary: '장보기', content: '우유, 달걀' };
    house.llm.script([callTool('archive_save', args), say('No.')]);
    const unasked = await ada.turn(await ada.createConversation(), '기억해 줘');
    expect(await searchEntries(ada, '장보기')).toEqual([]);
    expect(unasked[0]?.['toolNames']).not.toContain('archive_save');

    house.llm.script([callTool('archive_save', args), say('Kept.')]);
    const asked = await ada.turn(await ada.createConversation(), '기억해 줘', { toolNames: ['archive_save'] });

    expect(asked[0]?.['toolNames']).toEqual(['archive_save']);
    expect((await searchEntries(ada, '장보기')).map(({ entry }) => entry)).toEqual([expect.objectContaining(args)]);
    expect(await searchEntries(bob, '장보기')).toEqual([]);
  });
});
