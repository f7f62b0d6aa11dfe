import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChildServer } from '../kit/child-server.js';
import { startFakeEmbeddings, type FakeEmbeddings } from '../kit/fake-embeddings.js';

const SAVE = 'mutation ($input: CreateArchiveEntryInput!) { createArchiveEntry(input: $input) { id } }';
const SEARCH = 'query ($query: String!) { searchArchive(query: $query) { entry { title } matchedBy } }';

let service: FakeEmbeddings;
let server: ChildServer;
beforeAll(async () => {
  service = await startFakeEmbeddings();
  server = await ChildServer.start({ EMBEDDING_BASE_URL: service.baseUrl, EMBEDDING_MODEL: 'first' });
});
afterAll(async () => {
  await server.close();
  await service.close();
});

it('gives entries their vectors after a restart that a killed server left without', async () => {
  const ada = await server.join('ada');
  let ask = (): void => undefined;
  const asked = new Promise<void>((resolve) => (ask = resolve));
  service.behave(() => {
    ask();
    return new Promise<number>(() => undefined);
  });
  await ada.get(SAVE, { input: { category: 'doc', title: 'quokka', content: 'quokka' } });
  await asked;

  service.behave(() => 200);
  await server.crash();
  const again = await server.logIn('ada');

  await expect
    .poll(() => again.get(SEARCH, { query: 'marsupial' }), { timeout: 20_000 })
    .toEqual({ searchArchive: [{ entry: { title: 'quokka' }, matchedBy: ['VECTOR'] }] });
});
