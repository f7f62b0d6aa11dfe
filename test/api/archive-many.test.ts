import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLEAR_CATEGORY, DELETE_ENTRIES } from '../kit/archive-entries.js';
import { codesOf, openHouse, type Person, type RunningHouse } from '../kit/house.js';

/** The most that one request may name. */
const AT_A_TIME = 100;

let house: RunningHouse;
let ada: Person;
beforeAll(async () => {
  house = await openHouse({ env: { ARCHIVE_ENTRIES_PER_USER: `${2 * AT_A_TIME + 2}` } });
  await house.join('owner');
  ada = await house.join();
});
afterAll(() => house.close());

const CREATE = `mutation ($inputs: [CreateArchiveEntryInput!]!) {
  createArchiveEntries(inputs: $inputs) { title version }
}`;

const inputsOf = (...titles: string[]) => titles.map((title) => ({ category: 'note', title, content: `on ${title}` }));

const numbered = (count: number) => inputsOf(...Array.from({ length: count }, (_, index) => `${index}`));

async function titlesKept(): Promise<string[]> {
  const { archiveEntries } = await ada.get<{ archiveEntries: { nodes: { title: string }[] } }>(
    '{ archiveEntries(first: 50) { nodes { title } } }',
    {},
  );
  return archiveEntries.nodes.map(({ title }) => title);
}

it('keeps several things in the order of the inputs, and each is found at once', async () => {
  const { createArchiveEntries } = await ada.get<{ createArchiveEntries: object[] }>(CREATE, {
    inputs: inputsOf('귀뚜라미', '반딧불이', '사슴벌레'),
  });
  expect(createArchiveEntries).toEqual([
    { title: '귀뚜라미', version: 1 },
    { title: '반딧불이', version: 1 },
    { title: '사슴벌레', version: 1 },
  ]);
  const { searchArchive } = await ada.get<{ searchArchive: { entry: { title: string } }[] }>(
    '{ searchArchive(query: "반딧불이를") { entry { title } } }',
    {},
  );
  expect(searchArchive).toEqual([{ entry: { title: '반딧불이' } }]);
});

it('lists what was kept at a time in the order of the inputs, before what was kept earlier', async () => {
  const titles = ['다섯', '넷', '셋', '둘', '하나'];
  const earlier = await titlesKept();

  await ada.get(CREATE, { inputs: inputsOf(...titles) });

  expect(await titlesKept()).toEqual([...titles, ...earlier]);
});

describe('with two hundred and one entries, and room for one more,', () => {
  let bob: Person;
  let ids: string[] = [];

  beforeAll(async () => {
    bob = await house.join();
    for (const count of [AT_A_TIME, AT_A_TIME, 1]) ids = [...ids, ...(await keep(count))];
  });

  async function keep(count: number): Promise<string[]> {
    const query = 'mutation ($inputs: [CreateArchiveEntryInput!]!) { createArchiveEntries(inputs: $inputs) { id } }';
    const { createArchiveEntries } = await bob.get<{ createArchiveEntries: { id: string }[] }>(query, {
      inputs: numbered(count),
    });
    return createArchiveEntries.map(({ id }) => id);
  }

  async function countKept(): Promise<number | undefined> {
    const query = '{ archiveCategories { entries } }';
    const { archiveCategories } = await bob.get<{ archiveCategories: { entries: number }[] }>(query);
    return archiveCategories[0]?.entries;
  }

  it('keeps none where one cannot be kept, or all of them would be too many', async () => {
    expect(codesOf(await ada.ask(CREATE, { inputs: inputsOf('good', ' ') }))).toEqual([['INVALID_INPUT', 'title']]);
    expect(codesOf(await bob.ask(CREATE, { inputs: inputsOf('one', 'too many') }))).toEqual([
      ['LIMIT_EXCEEDED', undefined],
    ]);
    const many = numbered(AT_A_TIME + 1);
    expect(codesOf(await bob.ask(CREATE, { inputs: many }))).toEqual([['INVALID_INPUT', 'inputs']]);
    expect(await titlesKept()).not.toContain('good');
    expect(await countKept()).toBe(2 * AT_A_TIME + 1);
  });

  it('deletes no more than a hundred that are named, and all of a category', async () => {
    expect(codesOf(await bob.ask(DELETE_ENTRIES, { ids: ids.slice(0, AT_A_TIME + 1) }))).toEqual([
      ['INVALID_INPUT', 'ids'],
    ]);
    expect(await countKept()).toBe(2 * AT_A_TIME + 1);

    expect(await bob.get(DELETE_ENTRIES, { ids: ids.slice(0, AT_A_TIME) })).toEqual({
      deleteArchiveEntries: AT_A_TIME,
    });
    expect(await bob.get(CLEAR_CATEGORY, { category: 'note' })).toEqual({ clearArchiveCategory: AT_A_TIME + 1 });
    expect(await countKept()).toBeUndefined();
  });
});

it('keeps nothing of nothing', async () => {
  expect(await ada.get(CREATE, { inputs: [] })).toEqual({ createArchiveEntries: [] });
});
