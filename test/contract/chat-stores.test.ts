import { mongo } from 'mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoConversationStore } from '../../src/infra/mongo/mongo-conversation-store.js';
import { MongoMessageStore } from '../../src/infra/mongo/mongo-message-store.js';
import { MongoRunStore } from '../../src/infra/mongo/mongo-run-store.js';
import { later, runOf } from '../kit/chats.js';
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
afterEach(() => vi.restoreAllMocks());
afterAll(() => documents.close());

describe('MongoConversationStore', () => {
  keepsConversations(() => conversations);
});

describe('MongoMessageStore', () => {
  keepsMessages(() => messages);
});

describe('MongoRunStore', () => {
  keepsRuns(() => runs);

  it('has claimed a run that was written although the answer of the database was lost', async () => {
    const insert = mongo.Collection.prototype.insertOne;
    vi.spyOn(mongo.Collection.prototype, 'insertOne').mockImplementationOnce(async function (
      this: mongo.Collection,
      ...args
    ) {
      await insert.apply(this, args);
      throw new mongo.MongoNetworkError('connection closed');
    });
    const run = runOf({ clientMessageId: 'mine' });

    const claim = await runs.claim(
      run,
      { holder: 'here', fence: 1, until: later(10) },
      { reservedSeq: 1, maxActive: 1 },
    );

    expect(claim).toEqual({ outcome: 'claimed' });
  });

  it('has not claimed a run that was not written when the connection was lost, and is refused then', async () => {
    const limits = { reservedSeq: 1, maxActive: 1 };
    const lease = { holder: 'here', fence: 1, until: later(10) };
    const before = runOf();
    await runs.claim(before, lease, limits);
    vi.spyOn(mongo.Collection.prototype, 'insertOne').mockRejectedValueOnce(new mongo.MongoNetworkError('closed'));

    const claim = await runs.claim(runOf({ conversationId: before.conversationId }), lease, limits);

    expect(claim).toEqual({ outcome: 'busy' });
  });
});
