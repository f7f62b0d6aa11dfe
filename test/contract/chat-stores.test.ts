import { afterAll, beforeAll, describe } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoConversationStore } from '../../src/infra/mongo/mongo-conversation-store.js';
import { MongoMessageStore } from '../../src/infra/mongo/mongo-message-store.js';
import { MongoRunStore } from '../../src/infra/mongo/mongo-run-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { keepsConversations } from './conversation-store.js';
import { keepsMessages } from './message-store.js';
import { keepsRuns } from './run-store.js';

let documents: Documents;
let conversations: MongoConversationStore;
let messages: MongoMessageStore;
let runs: MongoRunStore;
beforeAll(async () => {
  documents = await openDocuments();
  conversations = new MongoConversationStore(documents.connection);
  messages = new MongoMessageStore(documents.connection);
  runs = new MongoRunStore(documents.connection);
  await createIndexes(documents.connection);
});
afterAll(() => documents.close());

describe('MongoConversationStore', () => {
  keepsConversations(() => conversations);
});

describe('MongoMessageStore', () => {
  keepsMessages(() => messages);
});

describe('MongoRunStore', () => {
  keepsRuns(() => runs);
});
