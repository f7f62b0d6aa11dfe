import { beforeEach, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { ConversationStore } from '../../src/domain/conversations/conversation-store.js';
import { at, conversationOf, later } from '../kit/chats.js';

/**
 * What every store of conversations must do, whatever keeps the data.
 *
 * @param open Gives the store, which may hold other things already.
 */
export function keepsConversations(open: () => ConversationStore): void {
  let store: ConversationStore;
  beforeEach(() => {
    store = open();
  });

  it('gives back what was inserted, and null for what was not', async () => {
    const conversation = conversationOf({ temperature: 0.5, instructions: '존댓말로 답해 주세요.\n' });
    await store.insert(conversation);

    expect(await store.find(conversation.id)).toEqual(conversation);
    expect(await store.find(newId('conv'))).toBeNull();
    expect(await store.findMany([conversation.id, newId('conv')])).toEqual([conversation]);
  });

  it('lists those of one owner, last changed first, page by page, also where several changed at the same time', async () => {
    const ownerId = newId('usr');
    const mine = [0, 1, 1, 2].map((seconds) => conversationOf({ ownerId, updatedAt: later(seconds) }));
    for (const conversation of [...mine, conversationOf()]) await store.insert(conversation);
    const expected = mine
      .toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime() || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id);

    const first = await store.listOwned(ownerId, 2, null);
    const second = await store.listOwned(ownerId, 9, first[1]!);

    expect([...first, ...second].map(({ id }) => id)).toEqual(expected);
  });

  it('changes what it is told to, and nothing else', async () => {
    const conversation = conversationOf();
    await store.insert(conversation);

    await store.update(conversation.id, {
      title: '새 제목',
      titleSource: 'USER',
      updatedAt: later(1),
    });

    expect(await store.find(conversation.id)).toEqual({
      ...conversation,
      title: '새 제목',
      titleSource: 'USER',
      updatedAt: later(1),
    });
  });

  it('moves on past a turn once, and never back', async () => {
    const conversation = conversationOf();
    await store.insert(conversation);

    expect(await store.advance(conversation.id, { nextPosition: 5, activeLeafId: 'msg_b', at: later(2) })).toBe(true);
    expect(await store.advance(conversation.id, { nextPosition: 5, activeLeafId: 'msg_b', at: later(2) })).toBe(true);
    expect(await store.advance(conversation.id, { nextPosition: 3, activeLeafId: 'msg_a', at: later(9) })).toBe(true);
    expect(await store.advance(newId('conv'), { nextPosition: 3, activeLeafId: 'msg_a', at })).toBe(false);

    expect(await store.find(conversation.id)).toMatchObject({
      nextPosition: 5,
      activeLeafId: 'msg_b',
      lastMessageAt: later(2),
    });
  });

  it('has one whose deletion has begun no more, but for its owner who deletes it again', async () => {
    const conversation = conversationOf();
    const { id, ownerId } = conversation;
    await store.insert(conversation);

    expect(await store.beginDeletion(id, newId('usr'), at)).toBe(false);
    expect(await store.find(id)).toEqual(conversation);
    expect(await store.beginDeletion(id, ownerId, at)).toBe(true);
    expect(await store.beginDeletion(id, ownerId, at)).toBe(true);

    await store.update(id, { title: 'still there?' });
    expect(await store.advance(id, { nextPosition: 9, activeLeafId: 'msg_b', at: later(1) })).toBe(false);
    expect(await store.find(id)).toBeNull();
    expect(await store.findMany([id])).toEqual([]);
    expect(await store.listOwned(ownerId, 9, null)).toEqual([]);
    await store.delete(id);
    expect(await store.beginDeletion(id, ownerId, at)).toBe(false);
  });

  it('lists the deletions that have not come to their end, if they began early enough', async () => {
    const [early, late, done] = [conversationOf(), conversationOf(), conversationOf()];
    for (const conversation of [early, late, done, conversationOf()]) await store.insert(conversation);
    await store.beginDeletion(early.id, early.ownerId, later(1));
    await store.beginDeletion(late.id, late.ownerId, later(2));
    await store.beginDeletion(done.id, done.ownerId, later(1));
    await store.delete(done.id);

    expect(await store.listDeletions(later(2), 9, [])).toEqual([early.id]);
    expect((await store.listDeletions(later(3), 9, [])).toSorted()).toEqual([early.id, late.id].toSorted());
    expect(await store.listDeletions(later(3), 1, [])).toHaveLength(1);
    expect(await store.listDeletions(later(3), 1, [early.id])).toEqual([late.id]);
    for (const { id } of [early, late]) await store.delete(id);
  });
}
