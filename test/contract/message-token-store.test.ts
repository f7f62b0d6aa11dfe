import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoConversationStore } from '../../src/infra/mongo/mongo-conversation-store.js';
import { MongoMessageStore } from '../../src/infra/mongo/mongo-message-store.js';
import { MongoMessageTokenStore } from '../../src/infra/mongo/mongo-message-token-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { say, startConversation } from '../kit/said.js';
import { keepsMessageTokens, type TokenStores } from './message-token-store.js';

describe('MongoDB', () => {
  let documents: Documents;
  let stores: TokenStores;
  beforeAll(async () => {
    documents = await openDocuments();
    const { connection } = documents;
    stores = {
      conversations: new MongoConversationStore(connection),
      messages: new MongoMessageStore(connection),
      messageTokens: new MongoMessageTokenStore(connection),
    };
    await createIndexes(connection);
  });
  afterAll(() => documents.close());

  keepsMessageTokens(() => stores);

  it('keeps tokens apart from what was said', async () => {
    const { id } = await startConversation(stores, newId('usr'));
    const [message] = await say(stores, id, 1, 'secret words');
    const pieces = [{ start: 0, end: 12, terms: 'isecret iwords', counts: [1, 1] }];
    await stores.messageTokens.keep([
      { messageId: message!.id, conversationId: id, position: 1, tokens: { version: 'v1', pieces } },
    ]);

    const record = await documents.connection.collection('messageTokens').findOne({ conversationId: id });

    expect(Object.keys(record!).toSorted()).toEqual(['_id', 'conversationId', 'pieces', 'position', 'version']);
    expect(JSON.stringify(record)).not.toContain('secret words');
  });
});
