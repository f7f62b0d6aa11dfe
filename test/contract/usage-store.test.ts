import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoUsageStore } from '../../src/infra/mongo/mongo-usage-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { describeUsageStore } from './usage-store.js';

describe('MongoUsageStore', () => {
  let documents: Documents;
  beforeAll(async () => {
    documents = await openDocuments();
  });
  afterAll(() => documents.close());

  describeUsageStore(async () => {
    const store = new MongoUsageStore(documents.connection);
    await createIndexes(documents.connection);
    return store;
  });
});
