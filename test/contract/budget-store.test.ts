import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoBudgetStore } from '../../src/infra/mongo/mongo-budget-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { describeBudgetStore } from './budget-store.js';

describe('MongoBudgetStore', () => {
  let documents: Documents;
  beforeAll(async () => {
    documents = await openDocuments();
  });
  afterAll(() => documents.close());

  describeBudgetStore(async () => {
    const store = new MongoBudgetStore(documents.connection);
    await createIndexes(documents.connection);
    return store;
  });
});
