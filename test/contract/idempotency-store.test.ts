import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoIdempotencyStore } from '../../src/infra/mongo/mongo-idempotency-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { describeIdempotencyStore } from './idempotency-store.js';

describe('MongoIdempotencyStore', () => {
  let documents: Documents;
  beforeAll(async () => {
    documents = await openDocuments();
  });
  afterAll(() => documents.close());

  async function open(): Promise<MongoIdempotencyStore> {
    const store = new MongoIdempotencyStore(documents.connection);
    await createIndexes(documents.connection);
    await documents.connection.collection('idempotency_keys').deleteMany({});
    return store;
  }

  describeIdempotencyStore(open);

  it('has MongoDB delete what is to be forgotten', async () => {
    await open();

    const indexes = await documents.connection.collection('idempotency_keys').indexes();

    expect(indexes).toContainEqual(expect.objectContaining({ key: { forgetAt: 1 }, expireAfterSeconds: 0 }));
  });
});
