import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoUserStore } from '../../src/infra/mongo/mongo-user-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { describeUserStore } from './user-store.js';

describe('MongoUserStore', () => {
  let documents: Documents;
  beforeAll(async () => {
    documents = await openDocuments();
  });
  afterAll(() => documents.close());

  describeUserStore(async () => {
    const store = new MongoUserStore(documents.connection);
    await createIndexes(documents.connection);
    await documents.connection.collection('users').deleteMany({});
    return store;
  });
});
