import { afterAll, beforeAll, expect, it } from 'vitest';
import { codesOf, openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let ada: Person;
beforeAll(async () => {
  house = await openHouse({ env: { ARCHIVE_ENTRIES_PER_USER: '9' } });
  await house.join('owner');
  ada = await house.join();
});
afterAll(() => house.close());

const CREATE = `mutation ($inputs: [CreateArchiveEntryInput!]!) {
  createArchiveEntries(inputs: $inputs) { title version }
}`;

const inputsOf = (...titles: string[]) => titles.map((title) => ({ category: 'note', title, content: `on ${title}` }));

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

it('keeps none where one cannot be kept, or all of them would be too many', async () => {
  const before = await titlesKept();
  expect(codesOf(await ada.ask(CREATE, { inputs: inputsOf('good', ' ') }))).toEqual([['INVALID_INPUT', 'title']]);
  expect(codesOf(await ada.ask(CREATE, { inputs: inputsOf('one', 'too many') }))).toEqual([
    ['LIMIT_EXCEEDED', undefined],
  ]);
  const many = inputsOf(...Array.from({ length: 101 }, (_, index) => `${index}`));
  expect(codesOf(await ada.ask(CREATE, { inputs: many }))).toEqual([['INVALID_INPUT', 'inputs']]);
  expect(await titlesKept()).toEqual(before);
});

it('keeps nothing of nothing', async () => {
  expect(await ada.get(CREATE, { inputs: [] })).toEqual({ createArchiveEntries: [] });
});
