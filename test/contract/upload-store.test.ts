import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoUploadStore } from '../../src/infra/mongo/mongo-upload-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { describeUploadStore } from './upload-store.js';

describe('MongoUploadStore', () => {
  let documents: Documents;
  beforeAll(async () => {
    documents = await openDocuments();
  });
  afterAll(() => documents.close());

  describeUploadStore(async () => {
    const store = new MongoUploadStore(documents.connection);
    await createIndexes(documents.connection);
    await documents.connection.collection('uploads').deleteMany({});
    return store;
  });
});
