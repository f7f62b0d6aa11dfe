import { afterEach, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoConversationStore } from '../../src/infra/mongo/mongo-conversation-store.js';
import { MongoMessageStore } from '../../src/infra/mongo/mongo-message-store.js';
import { MongoRunStore } from '../../src/infra/mongo/mongo-run-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { keepsChats } from './chat-stores.js';

describe('MongoDB', () => {
  let documents: Documents;
  afterEach(() => documents.close());

  keepsChats(async () => {
    documents = await openDocuments();
    const { connection } = documents;
    const stores = {
      conversations: new MongoConversationStore(connection),
      messages: new MongoMessageStore(connection),
      runs: new MongoRunStore(connection),
    };
    await createIndexes(connection);
    return stores;
  });
});
