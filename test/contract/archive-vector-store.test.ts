import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoArchiveVectorStore } from '../../src/infra/mongo/mongo-archive-vector-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { describeArchiveVectorStore } from './archive-vector-store.js';

describe('MongoArchiveVectorStore', () => {
  let documents: Documents;
  let store: MongoArchiveVectorStore;
  beforeAll(async () => {
    documents = await openDocuments();
    store = new MongoArchiveVectorStore(documents.connection);
    await createIndexes(documents.connection);
  });
  afterAll(() => documents.close());

  describeArchiveVectorStore(() => store);
});
