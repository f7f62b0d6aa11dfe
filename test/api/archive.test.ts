import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { createTomato } from '../../src/sdk/client.js';
import {
  CLEAR_CATEGORY,
  CREATE_ENTRY,
  DELETE_ENTRIES,
  fieldsOf,
  saveEntry,
  SEARCH,
  searchEntries,
  SUMMARIZE,
  titlesOf,
  UPDATE_ENTRY,
  type Entry,
} from '../kit/archive-entries.js';
import { codesOf, openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse({ env: { ARCHIVE_ENTRIES_PER_USER: '12' } });
  await house.join('owner');
});
afterAll(() => house.close());

/** Two people with empty archives. */
const newcomers = async () => {
  [ada, bob] = [await house.join(), await house.join()];
};

const LIST = `query ($filter: ArchiveFilter, $first: Int, $after: String) {
  archiveEntries(filter: $filter, first: $first, after: $after) { nodes { id title } pageInfo { hasNextPage endCursor } }
}`;

describe('keeping', () => {
  beforeAll(newcomers);

  it('saves, finds, changes and deletes an entry', async () => {
    const saved = await saveEntry(ada, {
      title: '정렬',
      summary: '리스트 정렬 코드',
      tags: ['python', 'python', '예제'],
      sourceUrl: 'https://example.com/sort',
    });
    expect(saved).toEqual({
      id: expect.stringMatching(/^arc_/),
      category: 'code',
      title: '정렬',
      summary: '리스트 정렬 코드',
      content: 'x = 1',
      tags: ['python', '예제'],
      sourceUrl: 'https://example.com/sort',
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await searchEntries(ada, '리스트')).toEqual([expect.objectContaining({ entry: saved })]);

    const input = { id: saved.id, version: 1, summary: '사전 병합 코드', sourceUrl: null };
    const { updateArchiveEntry: changed } = await ada.get<{ updateArchiveEntry: Entry }>(UPDATE_ENTRY, { input });
    expect(changed).toEqual({
      ...saved,
      summary: '사전 병합 코드',
      sourceUrl: null,
      version: 2,
      updatedAt: expect.any(String),
    });
    expect(await searchEntries(ada, '병합')).toEqual([expect.objectContaining({ entry: changed })]);
    expect(await searchEntries(ada, '리스트')).toEqual([]);

    expect(await ada.get(DELETE_ENTRIES, { ids: [saved.id, newId('arc'), 'nonsense'] })).toEqual({
      deleteArchiveEntries: 1,
    });
    expect(await searchEntries(ada, '병합')).toEqual([]);
    expect(await ada.get('query ($id: ID!) { node(id: $id) { id } }', { id: saved.id })).toEqual({ node: null });
  });

  it('keeps a content byte for byte', async () => {
    const content = ' \r\n\t한글 \u1112\u1161\u11ab\u0000 "👩‍👩‍👧" $where {{x}} ${y}\u2028\n\n ';

    const { id } = await saveEntry(ada, { content });

    const query = 'query ($id: ID!) { node(id: $id) { ... on ArchiveEntry { content } } }';
    expect(await ada.get(query, { id })).toEqual({ node: { content } });
  });

  it('refuses to overwrite what somebody else has changed meanwhile', async () => {
    const { id } = await saveEntry(ada);
    const input = { id, version: 1, content: 'first' };
    await ada.get(UPDATE_ENTRY, { input });

    expect(codesOf(await ada.ask(UPDATE_ENTRY, { input: { ...input, content: 'second' } }))).toEqual([
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
      await saveEntry(ada, { title, category, tags });
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
    for (const category of ['code', 'code', 'url']) await saveEntry(ada, { category, title: '정렬' });
    await saveEntry(bob, { title: '정렬' });

    expect(await ada.get(CLEAR_CATEGORY, { category: 'code' })).toEqual({ clearArchiveCategory: 2 });

    expect((await searchEntries(ada, '정렬')).map(({ entry }) => entry.category)).toEqual(['url']);
    expect(await searchEntries(bob, '정렬')).toHaveLength(1);
  });

  it('knows a category and a tag by letters that are not composed', async () => {
    await newcomers();
    await saveEntry(ada, { category: '회의록', tags: ['회의'] });
    const filter = { category: '회의록'.normalize('NFD'), tag: '회의'.normalize('NFD') };

    expect(await ada.get(LIST, { filter })).toMatchObject({ archiveEntries: { nodes: [{}] } });
    expect(await ada.get(CLEAR_CATEGORY, { category: filter.category })).toEqual({ clearArchiveCategory: 1 });
  });

  it('refuses to list or to clear a category that cannot be', async () => {
    const category = 'Not A Slug';

    for (const answer of [await ada.ask(LIST, { filter: { category } }), await ada.ask(CLEAR_CATEGORY, { category })])
      expect(codesOf(answer)).toEqual([['INVALID_INPUT', 'category']]);
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
    expect(codesOf(await ada.ask(CREATE_ENTRY, { input: fieldsOf(fields) }))).toEqual([['INVALID_INPUT', field]]);
  });

  it('counts a summary in characters as a person does', async () => {
    const summary = '👩‍👩‍👧'.repeat(30);

    expect((await saveEntry(ada, { summary })).summary).toBe(summary);
  });

  it('holds no more than a user may keep, however many come at once', async () => {
    await newcomers();

    const answers = await Promise.all(Array.from({ length: 14 }, () => ada.ask(CREATE_ENTRY, { input: fieldsOf() })));

    expect(answers.flatMap(codesOf)).toEqual(Array.from({ length: 2 }, () => ['LIMIT_EXCEEDED', undefined]));
    await saveEntry(bob);
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
    const hers = await saveEntry(ada, { title: '비밀', summary: '비밀 정렬', category: 'secret' });
    const input = { id: hers.id, version: 1, title: 'mine now' };

    expect(codesOf(await bob.ask(UPDATE_ENTRY, { input }))).toEqual([['NOT_FOUND', undefined]]);
    const { errors: foreign } = await bob.ask(UPDATE_ENTRY, { input });
    const { errors: missing } = await bob.ask(UPDATE_ENTRY, { input: { ...input, id: newId('arc') } });
    expect(foreign).toEqual(missing);
    expect(await bob.get(DELETE_ENTRIES, { ids: [hers.id] })).toEqual({ deleteArchiveEntries: 0 });
    expect(await bob.get(CLEAR_CATEGORY, { category: 'secret' })).toEqual({ clearArchiveCategory: 0 });
    expect(await bob.get('query ($id: ID!) { node(id: $id) { id } }', { id: hers.id })).toEqual({ node: null });
    expect(await searchEntries(bob, '비밀')).toEqual([]);
    expect(await bob.get('{ archiveEntries { nodes { id } } archiveCategories { category } }')).toEqual({
      archiveEntries: { nodes: [] },
      archiveCategories: [],
    });
    expect(titlesOf(await searchEntries(ada, '비밀'))).toEqual(['비밀']);
  });

  it('lets guests keep nothing', async () => {
    await house.needs.users.setRole(bob.id, 'GUEST');

    const input = { content: 'x' };
    const answers = [
      await bob.ask(CREATE_ENTRY, { input: fieldsOf() }),
      await bob.ask(UPDATE_ENTRY, { input: { id: newId('arc'), version: 1 } }),
      await bob.ask(DELETE_ENTRIES, { ids: [] }),
      await bob.ask(CLEAR_CATEGORY, { category: 'code' }),
      await bob.ask(SUMMARIZE, { input }),
    ];

    expect(answers.flatMap(codesOf)).toEqual(answers.map(() => ['FORBIDDEN', undefined]));
  });

  it('lets nobody in who is not signed in', async () => {
    const answers = [await house.ask(SEARCH, { query: 'x' }), await house.ask(CREATE_ENTRY, { input: fieldsOf() })];

    expect(answers.flatMap(codesOf)).toEqual(answers.map(() => ['UNAUTHENTICATED', undefined]));
  });
});
