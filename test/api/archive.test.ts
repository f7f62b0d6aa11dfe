import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { createTomato } from '../../src/sdk/client.js';
import { callTool, fail, say } from '../kit/fake-llm.js';
import { openHouse, type Answer, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let owner: Person;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse({ env: { ARCHIVE_ENTRIES_PER_USER: '12' } });
  owner = await house.join('owner');
});
afterAll(() => house.close());

/** Two people with empty archives. */
const newcomers = async () => {
  [ada, bob] = [await house.join(), await house.join()];
};

const ENTRY = 'id category title summary content tags sourceUrl version createdAt updatedAt';
type Entry = { id: string; category: string; title: string; summary: string; content: string; version: number };
type Hit = { entry: Entry; score: number; snippet: string; matchedBy: string[] };

const CREATE = `mutation ($input: CreateArchiveEntryInput!) { createArchiveEntry(input: $input) { ${ENTRY} } }`;
const UPDATE = `mutation ($input: UpdateArchiveEntryInput!) { updateArchiveEntry(input: $input) { ${ENTRY} } }`;
const DELETE = 'mutation ($ids: [ID!]!) { deleteArchiveEntries(ids: $ids) }';
const CLEAR = 'mutation ($category: String!) { clearArchiveCategory(category: $category) }';
const SUMMARIZE =
  'mutation ($input: SummarizeContentInput!) { summarizeContent(input: $input) { canSummarize summary reason } }';
const SEARCH = `query ($query: String!, $category: String, $first: Int, $minScore: Float) {
  searchArchive(query: $query, category: $category, first: $first, minScore: $minScore) {
    entry { ${ENTRY} } score snippet matchedBy
  }
}`;
const LIST = `query ($filter: ArchiveFilter, $first: Int, $after: String) {
  archiveEntries(filter: $filter, first: $first, after: $after) { nodes { id title } pageInfo { hasNextPage endCursor } }
}`;

const fieldsOf = (fields: object = {}) => ({ category: 'code', title: 'a title', content: 'x = 1', ...fields });

const save = async (person: Person, fields: object = {}): Promise<Entry> =>
  (await person.get<{ createArchiveEntry: Entry }>(CREATE, { input: fieldsOf(fields) })).createArchiveEntry;

const search = async (person: Person, query: string, more: object = {}): Promise<Hit[]> =>
  (await person.get<{ searchArchive: Hit[] }>(SEARCH, { query, ...more })).searchArchive;

const titlesOf = (hits: readonly Hit[]) => hits.map(({ entry }) => entry.title);

const codesOf = ({ errors = [] }: Answer) => errors.map(({ extensions: { code, field } }) => [code, field]);

describe('keeping', () => {
  beforeAll(newcomers);

  it('saves, finds, changes and deletes an entry', async () => {
    const saved = await save(ada, {
      title: '정렬',
      summary: '리스트 정렬 코드',
      tags: ['python', 'python', '목록'],
      sourceUrl: 'https://example.com/sort',
    });
    expect(saved).toEqual({
      id: expect.stringMatching(/^arc_/),
      category: 'code',
      title: '정렬',
      summary: '리스트 정렬 코드',
      content: 'x = 1',
      tags: ['python', '목록'],
      sourceUrl: 'https://example.com/sort',
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await search(ada, '리스트')).toEqual([expect.objectContaining({ entry: saved })]);

    const input = { id: saved.id, version: 1, summary: '사전 병합 코드', sourceUrl: null };
    const { updateArchiveEntry: changed } = await ada.get<{ updateArchiveEntry: Entry }>(UPDATE, { input });
    expect(changed).toEqual({
      ...saved,
      summary: '사전 병합 코드',
      sourceUrl: null,
      version: 2,
      updatedAt: expect.any(String),
    });
    expect(await search(ada, '병합')).toEqual([expect.objectContaining({ entry: changed })]);
    expect(await search(ada, '리스트')).toEqual([]);

    expect(await ada.get(DELETE, { ids: [saved.id, newId('arc'), 'nonsense'] })).toEqual({ deleteArchiveEntries: 1 });
    expect(await search(ada, '병합')).toEqual([]);
    expect(await ada.get('query ($id: ID!) { node(id: $id) { id } }', { id: saved.id })).toEqual({ node: null });
  });

  it('keeps a content byte for byte', async () => {
    const content = ' \r\n\t한글 \u1112\u1161\u11ab\u0000 "👩‍👩‍👧" $where {{x}} ${y}\u2028\n\n ';

    const { id } = await save(ada, { content });

    const query = 'query ($id: ID!) { node(id: $id) { ... on ArchiveEntry { content } } }';
    expect(await ada.get(query, { id })).toEqual({ node: { content } });
  });

  it('refuses to overwrite what somebody else has changed meanwhile', async () => {
    const { id } = await save(ada);
    const input = { id, version: 1, content: 'first' };
    await ada.get(UPDATE, { input });

    expect(codesOf(await ada.ask(UPDATE, { input: { ...input, content: 'second' } }))).toEqual([
      ['CONFLICT', 'version'],
    ]);
  });

  it('lists by category and tag, page by page, and counts the categories', async () => {
    await newcomers();
    for (const [title, category, tags] of [
      ['one', 'code', ['x']],
      ['two', 'url', ['x', 'y']],
      ['three', 'code', []],
      ['four', '회의록', ['y']],
    ] as const)
      await save(ada, { title, category, tags });
    type List = {
      archiveEntries: { nodes: { title: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    };
    const list = async (variables: object) => (await ada.get<List>(LIST, { ...variables })).archiveEntries;
    const titles = async (filter: object) => (await list({ filter })).nodes.map(({ title }) => title).toSorted();

    expect(await titles({ category: 'code' })).toEqual(['one', 'three']);
    expect(await titles({ tag: 'x' })).toEqual(['one', 'two']);
    expect(await titles({ category: 'url', tag: 'y' })).toEqual(['two']);
    const first = await list({ first: 3 });
    const rest = await list({ first: 3, after: first.pageInfo.endCursor });
    expect([first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([true, false]);
    expect([...first.nodes, ...rest.nodes].map(({ title }) => title).toSorted()).toEqual([
      'four',
      'one',
      'three',
      'two',
    ]);
    expect(await ada.get('{ archiveCategories { category entries } }')).toEqual({
      archiveCategories: [
        { category: 'code', entries: 2 },
        { category: 'url', entries: 1 },
        { category: '회의록', entries: 1 },
      ],
    });
  });

  it('clears one category, and only that', async () => {
    await newcomers();
    for (const category of ['code', 'code', 'url']) await save(ada, { category, title: '정렬' });
    await save(bob, { title: '정렬' });

    expect(await ada.get(CLEAR, { category: 'code' })).toEqual({ clearArchiveCategory: 2 });

    expect((await search(ada, '정렬')).map(({ entry }) => entry.category)).toEqual(['url']);
    expect(await search(bob, '정렬')).toHaveLength(1);
  });

  it.each([
    ['category', { category: 'Not A Slug' }],
    ['category', { category: '$where' }],
    ['title', { title: ' \n ' }],
    ['title', { title: 'x'.repeat(201) }],
    ['summary', { summary: '가'.repeat(31) }],
    ['tags', { tags: Array.from({ length: 21 }, (_, n) => `tag ${n}`) }],
    ['tags', { tags: [''] }],
    ['sourceUrl', { sourceUrl: 'javascript:alert(1)' }],
    ['sourceUrl', { sourceUrl: 'https://me:secret@example.com/' }],
  ])('refuses a %s that cannot be', async (field, fields) => {
    expect(codesOf(await ada.ask(CREATE, { input: fieldsOf(fields) }))).toEqual([['INVALID_INPUT', field]]);
  });

  it('counts a summary in characters as a person does', async () => {
    const summary = '👩‍👩‍👧'.repeat(30);

    expect((await save(ada, { summary })).summary).toBe(summary);
  });

  it('holds no more than a user may keep, however many come at once', async () => {
    await newcomers();

    const answers = await Promise.all(Array.from({ length: 14 }, () => ada.ask(CREATE, { input: fieldsOf() })));

    expect(answers.flatMap(codesOf)).toEqual(Array.from({ length: 2 }, () => ['LIMIT_EXCEEDED', undefined]));
    await save(bob);
  });
});

it('is there for programs that use the SDK', async () => {
  await newcomers();
  const tomato = createTomato({ url: house.url, token: ada.token });

  const { createArchiveEntry: saved } = await tomato.createArchiveEntry({
    input: { category: 'code', title: '정렬', content: 'sorted(items)' },
  });

  expect((await tomato.searchArchive({ query: '정렬을' })).searchArchive.map(({ entry }) => entry)).toEqual([saved]);
  expect((await tomato.archiveEntries({ filter: { category: 'code' } })).archiveEntries.nodes).toEqual([saved]);
  await tomato.close();
});

describe('who may', () => {
  beforeAll(newcomers);

  it('never shows, counts or changes what is not yours', async () => {
    const hers = await save(ada, { title: '비밀', summary: '비밀 정렬', category: 'secret' });
    const input = { id: hers.id, version: 1, title: 'mine now' };

    expect(codesOf(await bob.ask(UPDATE, { input }))).toEqual([['NOT_FOUND', undefined]]);
    const { errors: foreign } = await bob.ask(UPDATE, { input });
    const { errors: missing } = await bob.ask(UPDATE, { input: { ...input, id: newId('arc') } });
    expect(foreign).toEqual(missing);
    expect(await bob.get(DELETE, { ids: [hers.id] })).toEqual({ deleteArchiveEntries: 0 });
    expect(await bob.get(CLEAR, { category: 'secret' })).toEqual({ clearArchiveCategory: 0 });
    expect(await bob.get('query ($id: ID!) { node(id: $id) { id } }', { id: hers.id })).toEqual({ node: null });
    expect(await search(bob, '비밀')).toEqual([]);
    expect(await bob.get('{ archiveEntries { nodes { id } } archiveCategories { category } }')).toEqual({
      archiveEntries: { nodes: [] },
      archiveCategories: [],
    });
    expect(titlesOf(await search(ada, '비밀'))).toEqual(['비밀']);
  });

  it('lets guests keep nothing', async () => {
    await house.needs.users.setRole(bob.id, 'GUEST');

    const input = { content: 'x' };
    const answers = [
      await bob.ask(CREATE, { input: fieldsOf() }),
      await bob.ask(UPDATE, { input: { id: newId('arc'), version: 1 } }),
      await bob.ask(DELETE, { ids: [] }),
      await bob.ask(CLEAR, { category: 'code' }),
      await bob.ask(SUMMARIZE, { input }),
    ];

    expect(answers.flatMap(codesOf)).toEqual(answers.map(() => ['FORBIDDEN', undefined]));
  });

  it('lets nobody in who is not signed in', async () => {
    const answers = [await house.ask(SEARCH, { query: 'x' }), await house.ask(CREATE, { input: fieldsOf() })];

    expect(answers.flatMap(codesOf)).toEqual(answers.map(() => ['UNAUTHENTICATED', undefined]));
  });
});

describe('finding', () => {
  beforeAll(async () => {
    await newcomers();
    await save(ada, {
      title: 'sort',
      summary: '리스트 정렬 코드',
      content: 'def sort_list(items):\n  return sorted(items)',
    });
    await save(ada, { title: 'merge', summary: '사전 병합 코드', content: 'merged = {**left, **right}' });
    await save(ada, { title: 'retry', summary: '재시도 도우미', content: 'async function retryWithBackoff(call) {}' });
    await save(ada, {
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
    expect(titlesOf(await search(ada, query))[0]).toBe(title);
  });

  it('marks where the match is, and says how it was found', async () => {
    const [sort] = await search(ada, '정렬');
    const [notes] = await search(ada, '금요일');

    expect([sort?.snippet, notes?.snippet]).toEqual(['리스트 «정렬» 코드', '배포는 «금요일»에 하지 않는다.']);
    expect(notes?.matchedBy).toContain('WORD');
    expect(notes?.score).toBeGreaterThan(0);
    expect(notes?.score).toBeLessThanOrEqual(1);
  });

  it('finds nothing where nothing fits', async () => {
    expect(await search(ada, '고양이 목욕')).toEqual([]);
    expect(await search(ada, '금요일', { category: 'code' })).toEqual([]);
    expect(await search(ada, '금요일', { category: 'other' })).toEqual([]);
  });

  it('brings no more than asked for, and nothing below the score that was asked for', async () => {
    const all = await search(ada, '코드');
    expect(all.length).toBeGreaterThan(1);

    expect(await search(ada, '코드', { first: 1 })).toEqual(all.slice(0, 1));
    expect(await search(ada, '코드', { minScore: 1 })).toEqual(all.filter(({ score }) => score >= 1));
  });

  it.each([
    ['query', { query: ' ' }],
    ['query', { query: 'x'.repeat(201) }],
    ['first', { query: 'x', first: 0 }],
    ['first', { query: 'x', first: 51 }],
    ['minScore', { query: 'x', minScore: 2 }],
    ['category', { query: 'x', category: '{}' }],
  ])('refuses a %s that cannot be', async (field, variables) => {
    expect(codesOf(await ada.ask(SEARCH, variables))).toEqual([['INVALID_INPUT', field]]);
  });
});

describe('a draft of a summary', () => {
  beforeAll(newcomers);

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
    const [asked] = [house.llm.requests.length];
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

  it('is 요약불가, with the reason, where there is nothing to sum up', async () => {
    house.llm.script([say('요약불가: 의미 없는 글자입니다')]);

    expect(await draft('asdf qwer zxcv')).toEqual({
      canSummarize: false,
      summary: '요약불가',
      reason: '의미 없는 글자입니다',
    });
  });

  it('asks nobody about an empty text', async () => {
    const asked = house.llm.requests.length;

    expect(await draft(' \n ')).toEqual({ canSummarize: false, summary: '요약불가', reason: 'There is no text.' });
    expect(house.llm.requests).toHaveLength(asked);
  });

  it('is on the books of whoever asked for it', async () => {
    await newcomers();
    house.llm.script([say('가'.repeat(50)), say('짧은 요약')]);

    await draft('…');

    expect(await ada.get(USED)).toEqual({
      usage: { total: { calls: 2, inputTokens: 20, outputTokens: 10 } },
    });
  });

  it('costs nobody more than their budget', async () => {
    await newcomers();
    const input = { userId: ada.id, maxTokens: 10 };
    await owner.get('mutation ($input: SetBudgetInput!) { setBudget(input: $input) { userId } }', { input });
    const asked = house.llm.requests.length;

    expect(codesOf(await ada.ask(SUMMARIZE, { input: { content: '…' } }))).toEqual([['BUDGET_EXCEEDED', undefined]]);
    expect(house.llm.requests).toHaveLength(asked);
  });

  it('says so where the service fails', async () => {
    await newcomers();
    house.llm.script([fail(401)]);

    expect(codesOf(await ada.ask(SUMMARIZE, { input: { content: '…' } }))).toEqual([['UPSTREAM_REFUSED', undefined]]);
  });

  it('is edited by the user, and what they wrote is what is found', async () => {
    house.llm.script([say('모델이 쓴 초안')]);
    const { summary } = (await draft('…')) as { summary: string };

    await save(ada, { summary: summary.replace('모델이 쓴 초안', '사람이 고친 문구') });

    expect(await search(ada, '초안')).toEqual([]);
    expect(await search(ada, '고친 문구')).toHaveLength(1);
  });
});

describe('the tools', () => {
  beforeAll(newcomers);

  it('search only what belongs to whoever asks, also when two ask at once', async () => {
    await save(ada, { title: 'hers', summary: '정렬 코드' });
    await save(bob, { title: 'his', summary: '정렬 코드' });
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
    expect(await search(ada, '장보기')).toEqual([]);
    expect(unasked[0]?.['toolNames']).not.toContain('archive_save');

    house.llm.script([callTool('archive_save', args), say('Kept.')]);
    const asked = await ada.turn(await ada.createConversation(), '기억해 줘', { toolNames: ['archive_save'] });

    expect(asked[0]?.['toolNames']).toEqual(['archive_save']);
    expect((await search(ada, '장보기')).map(({ entry }) => entry)).toEqual([expect.objectContaining(args)]);
    expect(await search(bob, '장보기')).toEqual([]);
  });
});
