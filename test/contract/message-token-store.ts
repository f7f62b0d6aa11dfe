import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { MessageTokens, MessageTokenStore } from '../../src/domain/conversations/search/message-token-store.js';
import type { Needs } from '../../src/domain/needs.js';
import { say, startConversation } from '../kit/said.js';

export type TokenStores = Pick<Needs, 'conversations' | 'messages'> & { readonly messageTokens: MessageTokenStore };

/** @param open The same stores each time; tests make owners of their own. */
export function keepsMessageTokens(open: () => TokenStores): void {
  describe('what searches of conversations go by', () => {
    let stores: TokenStores;
    let tokens: MessageTokenStore;
    beforeEach(() => {
      stores = open();
      tokens = stores.messageTokens;
    });

    const saidIn = async (conversationId: string): Promise<MessageTokens[]> =>
      (await say(stores, conversationId, 1, '정렬', '병합', 'retry')).map(({ id, position }) => ({
        messageId: id,
        conversationId,
        position,
        tokens: { version: 'v1', pieces: [{ start: 0, end: 5, terms: `mword${position} bㅂ`, counts: [1, 255] }] },
      }));

    it('knows the conversations of one owner, last changed first', async () => {
      const [ada, bob] = [newId('usr'), newId('usr')];
      const first = await startConversation(stores, ada);
      const second = await startConversation(stores, ada);
      await startConversation(stores, bob);
      const deleted = await startConversation(stores, ada);
      await stores.conversations.beginDeletion(deleted.id, ada, new Date());
      await say(stores, first.id, 1, 'hello', 'hi');

      expect(await tokens.listHeads(ada)).toEqual([
        { id: first.id, nextPosition: 3, kind: 'PERSONAL', visibility: 'PRIVATE' },
        { id: second.id, nextPosition: 1, kind: 'PERSONAL', visibility: 'PRIVATE' },
      ]);
      expect(await tokens.listHeads(newId('usr'))).toEqual([]);
    });

    it('gives back what it was told to keep, by position, whatever came first', async () => {
      const { id } = await startConversation(stores, newId('usr'));
      const rows = await saidIn(id);

      await tokens.keep(rows.toReversed());

      expect(await tokens.listKept([id, newId('conv')], 0, 100)).toEqual(rows);
      expect(await tokens.listKept([id], 1, 1)).toEqual(rows.slice(1, 2));
      expect(await tokens.listKept([], 0, 100)).toEqual([]);
    });

    it('puts newer tokens of a message in the place of older ones', async () => {
      const { id } = await startConversation(stores, newId('usr'));
      const rows = await saidIn(id);
      await tokens.keep(rows);
      const newer = rows.map((row) => ({ ...row, tokens: { version: 'v2', pieces: [] } }));

      await tokens.keep(newer);

      expect(await tokens.listKept([id], 0, 100)).toEqual(newer);
    });

    it('keeps nothing of messages that were deleted while they were analysed', async () => {
      const { id } = await startConversation(stores, newId('usr'));
      const rows = await saidIn(id);
      await stores.messages.deleteOfConversation(id);

      await tokens.keep(rows);

      expect(await tokens.listKept([id], 0, 100)).toEqual([]);
    });

    it('forgets some messages, or all of a conversation, and nothing of another', async () => {
      const [one, other] = [
        await startConversation(stores, newId('usr')),
        await startConversation(stores, newId('usr')),
      ];
      const [rows, others] = [await saidIn(one.id), await saidIn(other.id)];
      await tokens.keep([...rows, ...others]);

      await tokens.delete([rows[1]!.messageId]);
      expect(await tokens.listKept([one.id], 0, 100)).toEqual([rows[0], rows[2]]);
      await tokens.deleteOfConversation(one.id);

      expect(await tokens.listKept([one.id, other.id], 0, 100)).toEqual(others);
    });
  });
}
