import { beforeEach, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { Message } from '../../src/domain/conversations/message.js';
import type { MessageStore } from '../../src/domain/conversations/message-store.js';
import { NO_USAGE } from '../../src/domain/usage/usage.js';
import { messageOf } from '../kit/chats.js';

/**
 * What every store of messages must do, whatever keeps the data.
 *
 * @param open Gives the store, which may hold other things already.
 */
export function keepsMessages(open: () => MessageStore): void {
  let store: MessageStore;
  beforeEach(() => {
    store = open();
  });

  it('keeps those that are missing, and leaves the others as they are', async () => {
    const message = messageOf('conv_a', 1);
    await store.insertMissing([message], 1);
    const answer = messageOf('conv_a', 2, { parentId: message.id });

    await store.insertMissing([{ ...message, role: 'USER' }, answer], 1);

    expect(await store.findMany([message.id, answer.id])).toEqual(expect.arrayContaining([message, answer]));
  });

  it('lists them by place: backwards, forwards, by their links and by their parents', async () => {
    const [a, b, c] = [1, 2, 3].map((position) => messageOf('conv_b', position)) as [Message, Message, Message];
    const tree = [a, { ...b, parentId: a.id }, { ...c, parentId: a.id }];
    await store.insertMissing([...tree, messageOf('conv_other', 1)], 1);

    expect((await store.listBefore('conv_b', 3, 9)).map(({ position }) => position)).toEqual([2, 1]);
    expect((await store.listBefore('conv_b', 4, 1)).map(({ position }) => position)).toEqual([3]);
    expect((await store.listAfter('conv_b', 1, 9)).map(({ position }) => position)).toEqual([2, 3]);
    expect(await store.listLinks('conv_b')).toEqual(tree.map(({ id, parentId }) => ({ id, parentId })));
    expect(await store.listChildren('conv_b', [a.id, null])).toEqual(
      new Map([
        [a.id, [b.id, c.id]],
        [null, [a.id]],
      ]),
    );
  });

  it('saves drafts of many at once, each with the number of its last event', async () => {
    const [a, b] = [messageOf('conv_c', 1), messageOf('conv_d', 1)];
    await store.insertMissing([a, b], 1);

    await store.saveDrafts([
      { messageId: a.id, fence: 1, seq: 12, parts: [{ type: 'text', text: '안녕' }] },
      { messageId: b.id, fence: 1, seq: 3, parts: [{ type: 'reasoning', text: 'hm' }] },
      { messageId: newId('msg'), fence: 1, seq: 1, parts: [] },
    ]);

    expect(await store.findDraft(a.id)).toEqual({
      message: { ...a, parts: [{ type: 'text', text: '안녕' }] },
      seq: 12,
    });
    expect((await store.findDraft(b.id))?.seq).toBe(3);
  });

  it('does not take an older draft for a newer one that comes before it', async () => {
    const message = messageOf('conv_late', 1);
    await store.insertMissing([message], 1);
    const draft = { messageId: message.id, fence: 1, seq: 7, parts: [{ type: 'text', text: 'more' }] } as const;

    await store.saveDrafts([draft]);
    await store.saveDrafts([{ ...draft, seq: 6, parts: [] }]);

    expect(await store.findDraft(message.id)).toEqual({ message: { ...message, parts: draft.parts }, seq: 7 });
  });

  it('keeps the last state, told once or twice, and takes no drafts after it', async () => {
    const message = messageOf('conv_e', 1);
    await store.insertMissing([message], 1);
    const draft = { messageId: message.id, fence: 1, seq: 4, parts: [{ type: 'text', text: 'all' }] as const };

    expect(await store.finish(draft, 'COMPLETE', NO_USAGE)).toBe(true);
    expect(await store.finish(draft, 'COMPLETE', NO_USAGE)).toBe(true);
    await store.saveDrafts([{ ...draft, parts: [] }]);

    expect(await store.find(message.id)).toEqual({
      ...message,
      parts: draft.parts,
      status: 'COMPLETE',
      usage: NO_USAGE,
    });
  });

  it('lets nobody write who holds a lower fence', async () => {
    const message = messageOf('conv_f', 1);
    await store.insertMissing([message], 1);
    await store.raiseFence(message.id, 2);
    const old = { messageId: message.id, fence: 1, seq: 4, parts: [{ type: 'text', text: 'old' }] as const };

    await store.saveDrafts([old]);

    expect(await store.finish(old, 'COMPLETE', NO_USAGE)).toBe(false);
    expect((await store.find(message.id))?.parts).toEqual([]);
    expect(await store.finish({ ...old, fence: 2 }, 'PARTIAL', NO_USAGE)).toBe(true);
  });

  it('forgets all of a conversation, and nothing of another', async () => {
    await store.insertMissing([messageOf('conv_gone', 1), messageOf('conv_kept', 1)], 1);

    await store.deleteOfConversation('conv_gone');

    expect(await store.listLinks('conv_gone')).toEqual([]);
    expect(await store.listLinks('conv_kept')).toHaveLength(1);
  });
}
