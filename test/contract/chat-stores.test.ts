import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoConversationStore } from '../../src/infra/mongo/mongo-conversation-store.js';
import { MongoMessageStore } from '../../src/infra/mongo/mongo-message-store.js';
import { MongoRunStore } from '../../src/infra/mongo/mongo-run-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { keepsChats, type ChatStores } from './chat-stores.js';

describe('MongoDB', () => {
  let documents: Documents;
  let stores: ChatStores;
  beforeAll(async () => {
    documents = await openDocuments();
    const { connection } = documents;
    stores = {
      conversations: new MongoConversationStore(connection),
      messages: new MongoMessageStore(connection),
      runs: new MongoRunStore(connection),
    };
    await createIndexes(connection);
  });
  afterAll(() => documents.close());

  keepsChats(() => stores);
});
