import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFakeEmbeddings, type FakeEmbeddings } from '../kit/fake-embeddings.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';

const CREATE = 'mutation ($input: CreateArchiveEntryInput!) { createArchiveEntry(input: $input) { id version } }';
const UPDATE = 'mutation ($input: UpdateArchiveEntryInput!) { updateArchiveEntry(input: $input) { id } }';
const SEARCH = `query ($query: String!, $category: String, $minScore: Float) {
  searchArchive(query: $query, category: $category, first: 5, minScore: $minScore) { entry { title } score matchedBy snippet }
}`;
const NEW_MODEL = 'mutation ($input: CreateModelInput!) { createModel(input: $input) { id } }';
const MAKE_DEFAULT = 'mutation ($id: ID!) { updateModel(input: { id: $id, isDefault: true }) { id } }';
const USAGE = 'query { usage { total { calls inputTokens } } }';

type Hit = { entry: { title: string }; score: number; matchedBy: string[]; snippet: string };

let service: FakeEmbeddings;
let house: RunningHouse;
let owner: Person;
let ada: Person;
beforeAll(async () => {
  service = await startFakeEmbeddings();
  house = await openHouse({ env: { EMBEDDING_BASE_URL: service.baseUrl, EMBEDDING_MODEL: 'first' } });
  owner = await house.join('owner');
});
afterAll(async () => {
  await house.close();
  await service.close();
});
beforeEach(async () => {
  service.behave(() => 200);
  ada = await house.join();
});

const save = async (person: Person, title: string, more: object = {}): Promise<string> =>
  (
    await person.get<{ createArchiveEntry: { id: string } }>(CREATE, {
      input: { category: 'doc', title, content: title, ...more },
    })
  ).createArchiveEntry.id;

const search = async (person: Person, query: string, more: object = {}): Promise<Hit[]> =>
  (await person.get<{ searchArchive: Hit[] }>(SEARCH, { query, ...more })).searchArchive;

const titles = (hits: readonly Hit[]) => hits.map(({ entry }) => entry.title);

/** Until everything of an archive has its vectors in the space of the default model. */
const embedded = async (person: Person): Promise<void> => {
  await expect
    .poll(
      async () => {
        const { archive, archiveVectors } = house.needs;
        const state = await archiveVectors.readState(person.id);
        const { revision } = await archive.readState(person.id);
        return state.answering?.key === state.done?.space && state.done?.revision === revision;
      },
      { timeout: 15_000 },
    )
    .toBe(true);
};

describe('a search with an embedding model', () => {
  it('finds what means the same without a word in common, and says how', async () => {
    await save(ada, 'quokka');
    await save(ada, 'tax return');
    await embedded(ada);

    const hits = await search(ada, 'marsupial');

    expect(hits).toEqual([
      { entry: { title: 'quokka' }, score: expect.closeTo(1, 1), matchedBy: ['VECTOR'], snippet: 'quokka' },
    ]);
    expect(titles(await search(ada, 'nothing of the kind'))).toEqual([]);
  });

  it('says of an entry that both have found it', async () => {
    await save(ada, 'zeppelin');
    await embedded(ada);

    expect((await search(ada, 'zeppelin')).map(({ matchedBy }) => matchedBy)).toEqual([
      expect.arrayContaining(['IDENTIFIER', 'VECTOR']),
    ]);
  });

  it('never finds what another user keeps, nor what is in another category or below the score that is asked for', async () => {
    const bob = await house.join();
    await save(bob, 'quokka', { content: 'of bob' });
    await save(ada, 'quokka', { content: 'quokka and other things that say nothing', category: 'note' });
    await Promise.all([embedded(ada), embedded(bob)]);

    expect(await search(ada, 'marsupial', { category: 'doc' })).toEqual([]);
    expect(await search(ada, 'marsupial', { category: 'note', minScore: 0.99 })).toEqual([]);
    expect((await search(ada, 'marsupial')).map(({ snippet }) => snippet)).toEqual([
      'quokka and other things that say nothing',
    ]);
  });

  it('does not find an entry by what it said before', async () => {
    const id = await save(ada, 'quokka');
    await embedded(ada);
    service.behave(({ input }) => (input[0] === 'marsupial' ? 200 : 500));

    await ada.get(UPDATE, { input: { id, version: 1, title: 'tax return', content: 'tax return' } });

    expect(await search(ada, 'marsupial')).toEqual([]);
  });

  it('goes by words alone where the service is late or down, and keeps what is saved meanwhile', async () => {
    await save(ada, 'quokka');
    await embedded(ada);
    let letGo = (): void => undefined;
    service.behave(() => new Promise((resolve) => (letGo = () => resolve(200))));
    const startedAt = performance.now();

    expect((await search(ada, 'quokka')).map(({ matchedBy }) => matchedBy)).toEqual([['IDENTIFIER']]);

    expect(performance.now() - startedAt).toBeLessThan(3_000);
    letGo();
    service.behave(() => 503);
    await save(ada, 'zeppelin');
    expect(titles(await search(ada, 'zeppelin'))).toEqual(['zeppelin']);

    service.behave(() => 200);
    await embedded(ada);
    await expect.poll(async () => titles(await search(ada, 'airship')), { timeout: 5_000 }).toEqual(['zeppelin']);
  });

  it('books what vectors took to whose archive it is', async () => {
    await save(ada, 'quokka');
    await embedded(ada);
    const before = await ada.get<{ usage: { total: { calls: number; inputTokens: number } } }>(USAGE);

    expect(before.usage.total).toEqual({ calls: 1, inputTokens: 3 });
    await search(ada, 'marsupial');
    const { usage } = await ada.get<{ usage: { total: { calls: number } } }>(USAGE);
    expect(usage.total.calls).toBe(2);
  });
});

describe('another embedding model', () => {
  it('takes over without a gap once every entry has its vectors, with nothing saved again', async () => {
    await save(ada, 'quokka');
    await save(ada, 'zeppelin');
    await embedded(ada);
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    service.behave(async ({ model }) => (model === 'second' ? (await held, 200) : 200));
    const first = await house.needs.models.findDefault('EMBEDDING');

    const input = { providerId: first!.providerId, name: 'second', kind: 'EMBEDDING' };
    const { createModel } = await owner.get<{ createModel: { id: string } }>(NEW_MODEL, { input });
    await owner.get(MAKE_DEFAULT, { id: createModel.id });

    const until = performance.now() + 3_000;
    while (performance.now() < until) expect(titles(await search(ada, 'marsupial'))).toEqual(['quokka']);
    const before = await house.needs.archiveVectors.readState(ada.id);
    expect(before.answering?.modelId).toBe(first!.id);
    letGo();
    await expect
      .poll(
        async () => {
          expect(titles(await search(ada, 'airship'))).toEqual(['zeppelin']);
          return (await house.needs.archiveVectors.readState(ada.id)).answering?.modelId;
        },
        { timeout: 15_000 },
      )
      .toBe(createModel.id);
    expect(titles(await search(ada, 'marsupial'))).toEqual(['quokka']);
    expect(await house.needs.archiveVectors.list(ada.id, before.answering!.key, 0, 10)).toEqual([]);
  });
});
