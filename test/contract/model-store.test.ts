import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoModelStore } from '../../src/infra/mongo/mongo-model-store.js';
import { MongoProviderStore } from '../../src/infra/mongo/mongo-provider-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { describeModelStore } from './model-store.js';
import { describeProviderStore } from './provider-store.js';

let documents: Documents;
beforeAll(async () => {
  documents = await openDocuments();
});
afterAll(() => documents.close());

async function emptied<Store>(store: Store): Promise<Store> {
  await createIndexes(documents.connection);
  for (const name of ['providers', 'models', 'default_models']) {
    await documents.connection.collection(name).deleteMany({});
  }
  return store;
}

describe('MongoProviderStore', () => {
  describeProviderStore(() => emptied(new MongoProviderStore(documents.connection)));
});

describe('MongoModelStore', () => {
  describeModelStore(() => emptied(new MongoModelStore(documents.connection)));
});
