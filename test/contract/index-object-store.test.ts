import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoIndexObjectStore } from '../../src/infra/mongo/mongo-index-object-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { pointsAtIndexObjects } from './index-object-store.js';

describe('MongoDB', () => {
  let documents: Documents;
  let store: MongoIndexObjectStore;
  beforeAll(async () => {
    documents = await openDocuments();
    store = new MongoIndexObjectStore(documents.connection);
    await createIndexes(documents.connection);
  });
  afterAll(() => documents.close());

  pointsAtIndexObjects(() => store);
});
