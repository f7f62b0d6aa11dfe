import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoJobStore } from '../../src/infra/mongo/mongo-job-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { describeJobStore } from './job-store.js';

describe('MongoJobStore', () => {
  let documents: Documents;
  beforeAll(async () => {
    documents = await openDocuments();
  });
  afterAll(() => documents.close());

  describeJobStore(async () => {
    const store = new MongoJobStore(documents.connection);
    await createIndexes(documents.connection);
    await documents.connection.collection('jobs').deleteMany({});
    return store;
  });
});
