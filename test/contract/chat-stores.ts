import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { Conversation } from '../../src/domain/conversations/conversation.js';
import type { ConversationStore } from '../../src/domain/conversations/conversation-store.js';
import type { Message } from '../../src/domain/conversations/message.js';
import type { MessageStore } from '../../src/domain/conversations/message-store.js';
import { NO_USAGE } from '../../src/domain/models/usage.js';
import type { Run } from '../../src/domain/runs/run.js';
import type { RunEnd, RunStore } from '../../src/domain/runs/run-store.js';

export type ChatStores = {
  readonly conversations: ConversationStore;
  readonly messages: MessageStore;
  readonly runs: RunStore;
};

const at = new Date('2026-01-02T03:04:05.678Z');
const later = (seconds: number): Date => new Date(at.getTime() + seconds * 1000);

const conversationOf = (changes: Partial<Conversation> = {}): Conversation => ({
  id: newId('conv'),
  kind: 'PERSONAL',
  ownerId: newId('usr'),
  visibility: 'PRIVATE',
  title: '제목 없음',
  titleSource: 'DEFAULT',
  modelId: newId('mod'),
  providerName: 'demo',
  modelName: 'demo',
  fallbackModelIds: ['mod_b'],
  agentMode: 'REACT',
  temperature: null,
  maxOutputTokens: null,
  instructions: '',
  summary: { text: 'They greeted.', upToMessageId: 'msg_a' },
  activeLeafId: null,
  nextPosition: 1,
  createdAt: at,
  updatedAt: at,
  lastMessageAt: null,
  ...changes,
});

const messageOf = (conversationId: string, position: number, changes: Partial<Message> = {}): Message => ({
  id: newId('msg'),
  conversationId,
  parentId: null,
  position,
  role: 'ASSISTANT',
  parts: [],
  status: 'STREAMING',
  runId: newId('run'),
  usage: null,
  createdAt: at,
  ...changes,
});

const runOf = (changes: Partial<Run> & { position?: number } = {}): Run => {
  const { position = 1, ...rest } = changes;
  const conversationId = rest.conversationId ?? newId('conv');
  return {
    id: newId('run'),
    conversationId,
    userId: newId('usr'),
    status: 'RUNNING',
    stopReason: null,
    error: null,
    modelId: newId('mod'),
    modelName: 'demo',
    toolNames: null,
    userMessage: messageOf(conversationId, position, {
      role: 'USER',
      status: 'COMPLETE',
      parts: [{ type: 'text', text: '안녕' }],
    }),
    answerId: newId('msg'),
    clientMessageId: null,
    requestHash: 'hash',
    steps: 0,
    maxSteps: 8,
    usage: NO_USAGE,
    lastSeq: 0,
    startedAt: at,
    finishedAt: null,
    ...rest,
  };
};

const leaseOf = (owner = 'here') => ({ owner, fence: 1, until: later(10) });

const completed: RunEnd = {
  status: 'COMPLETED',
  stopReason: 'ANSWER',
  error: null,
  steps: 1,
  usage: NO_USAGE,
  lastSeq: 7,
  finishedAt: later(5),
};

/**
 * What every store of conversations, messages and runs must do, whatever keeps the data.
 *
 * @param open Gives the stores, which may hold other things already.
 */
export function keepsChats(open: () => ChatStores): void {
  let stores: ChatStores;
  beforeEach(() => {
    stores = open();
  });

  describe('conversations', () => {
    it('gives back what was inserted, and null for what was not', async () => {
      const conversation = conversationOf({ temperature: 0.5, instructions: '존댓말로 답해 주세요.\n' });
      await stores.conversations.insert(conversation);

      expect(await stores.conversations.find(conversation.id)).toEqual(conversation);
      expect(await stores.conversations.find(newId('conv'))).toBeNull();
      expect(await stores.conversations.findMany([conversation.id, newId('conv')])).toEqual([conversation]);
    });

    it('lists those of one owner, last changed first, page by page, also where several changed at the same time', async () => {
      const ownerId = newId('usr');
      const mine = [0, 1, 1, 2].map((seconds) => conversationOf({ ownerId, updatedAt: later(seconds) }));
      for (const conversation of [...mine, conversationOf()]) await stores.conversations.insert(conversation);
      const expected = mine
        .toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime() || (a.id < b.id ? 1 : -1))
        .map(({ id }) => id);

      const first = await stores.conversations.listOwned(ownerId, 2, null);
      const second = await stores.conversations.listOwned(ownerId, 9, first[1]!);

      expect([...first, ...second].map(({ id }) => id)).toEqual(expected);
    });

    it('changes what it is told to, and nothing else', async () => {
      const conversation = conversationOf();
      await stores.conversations.insert(conversation);

      await stores.conversations.update(conversation.id, {
        title: '새 제목',
        titleSource: 'USER',
        updatedAt: later(1),
      });

      expect(await stores.conversations.find(conversation.id)).toEqual({
        ...conversation,
        title: '새 제목',
        titleSource: 'USER',
        updatedAt: later(1),
      });
    });

    it('moves on past a turn once, and never back', async () => {
      const conversation = conversationOf();
      await stores.conversations.insert(conversation);

      expect(
        await stores.conversations.advance(conversation.id, { nextPosition: 5, activeLeafId: 'msg_b', at: later(2) }),
      ).toBe(true);
      expect(
        await stores.conversations.advance(conversation.id, { nextPosition: 5, activeLeafId: 'msg_b', at: later(2) }),
      ).toBe(true);
      expect(
        await stores.conversations.advance(conversation.id, { nextPosition: 3, activeLeafId: 'msg_a', at: later(9) }),
      ).toBe(true);
      expect(await stores.conversations.advance(newId('conv'), { nextPosition: 3, activeLeafId: 'msg_a', at })).toBe(
        false,
      );

      expect(await stores.conversations.find(conversation.id)).toMatchObject({
        nextPosition: 5,
        activeLeafId: 'msg_b',
        lastMessageAt: later(2),
      });
    });
  });

  describe('messages', () => {
    it('keeps those that are missing, and leaves the others as they are', async () => {
      const message = messageOf('conv_a', 1);
      await stores.messages.insertMissing([message], 1);
      const answer = messageOf('conv_a', 2, { parentId: message.id });

      await stores.messages.insertMissing([{ ...message, role: 'USER' }, answer], 1);

      expect(await stores.messages.findMany([message.id, answer.id])).toEqual(
        expect.arrayContaining([message, answer]),
      );
    });

    it('lists them by place: backwards, forwards, by their links and by their parents', async () => {
      const [a, b, c] = [1, 2, 3].map((position) => messageOf('conv_b', position)) as [Message, Message, Message];
      const tree = [a, { ...b, parentId: a.id }, { ...c, parentId: a.id }];
      await stores.messages.insertMissing([...tree, messageOf('conv_other', 1)], 1);

      expect((await stores.messages.listBefore('conv_b', 3, 9)).map(({ position }) => position)).toEqual([2, 1]);
      expect((await stores.messages.listBefore('conv_b', 4, 1)).map(({ position }) => position)).toEqual([3]);
      expect((await stores.messages.listAfter('conv_b', 1, 9)).map(({ position }) => position)).toEqual([2, 3]);
      expect(await stores.messages.listLinks('conv_b')).toEqual(tree.map(({ id, parentId }) => ({ id, parentId })));
      expect(await stores.messages.listChildren('conv_b', [a.id, null])).toEqual(
        new Map([
          [a.id, [b.id, c.id]],
          [null, [a.id]],
        ]),
      );
    });

    it('saves drafts of many at once, each with the number of its last event', async () => {
      const [a, b] = [messageOf('conv_c', 1), messageOf('conv_d', 1)];
      await stores.messages.insertMissing([a, b], 1);

      await stores.messages.saveDrafts([
        { messageId: a.id, fence: 1, seq: 12, parts: [{ type: 'text', text: '안녕' }] },
        { messageId: b.id, fence: 1, seq: 3, parts: [{ type: 'reasoning', text: 'hm' }] },
        { messageId: newId('msg'), fence: 1, seq: 1, parts: [] },
      ]);

      expect(await stores.messages.findDraft(a.id)).toEqual({
        message: { ...a, parts: [{ type: 'text', text: '안녕' }] },
        seq: 12,
      });
      expect((await stores.messages.findDraft(b.id))?.seq).toBe(3);
    });

    it('keeps the last state, told once or twice, and takes no drafts after it', async () => {
      const message = messageOf('conv_e', 1);
      await stores.messages.insertMissing([message], 1);
      const draft = { messageId: message.id, fence: 1, seq: 4, parts: [{ type: 'text', text: 'all' }] as const };

      expect(await stores.messages.finish(draft, 'COMPLETE', NO_USAGE)).toBe(true);
      expect(await stores.messages.finish(draft, 'COMPLETE', NO_USAGE)).toBe(true);
      await stores.messages.saveDrafts([{ ...draft, parts: [] }]);

      expect(await stores.messages.find(message.id)).toEqual({
        ...message,
        parts: draft.parts,
        status: 'COMPLETE',
        usage: NO_USAGE,
      });
    });

    it('lets nobody write who holds a lower fence', async () => {
      const message = messageOf('conv_f', 1);
      await stores.messages.insertMissing([message], 1);
      await stores.messages.raiseFence(message.id, 2);
      const old = { messageId: message.id, fence: 1, seq: 4, parts: [{ type: 'text', text: 'old' }] as const };

      await stores.messages.saveDrafts([old]);

      expect(await stores.messages.finish(old, 'COMPLETE', NO_USAGE)).toBe(false);
      expect((await stores.messages.find(message.id))?.parts).toEqual([]);
      expect(await stores.messages.finish({ ...old, fence: 2 }, 'PARTIAL', NO_USAGE)).toBe(true);
    });
  });

  describe('runs', () => {
    it('gives back what was claimed', async () => {
      const run = runOf({ toolNames: ['time_now'], clientMessageId: 'mine' });

      expect(await stores.runs.claim(run, leaseOf(), 100)).toEqual({ outcome: 'claimed' });

      expect(await stores.runs.find(run.id)).toEqual(run);
      expect(await stores.runs.listActive([run.conversationId])).toEqual([run]);
      expect(await stores.runs.countActive(run.userId)).toBe(1);
    });

    it('lets one of twenty claims of a conversation through', async () => {
      const conversationId = newId('conv');
      const runs = Array.from({ length: 20 }, () => runOf({ conversationId }));

      const claims = await Promise.all(runs.map((run) => stores.runs.claim(run, leaseOf(), 100)));

      expect(claims.map(({ outcome }) => outcome).toSorted()).toEqual([
        ...Array.from({ length: 19 }, () => 'busy'),
        'claimed',
      ]);
    });

    it('gives twenty senders of one message the same run', async () => {
      const same = { conversationId: newId('conv'), userId: newId('usr'), clientMessageId: 'once' };
      const runs = Array.from({ length: 20 }, () => runOf(same));

      const claims = await Promise.all(runs.map((run) => stores.runs.claim(run, leaseOf(), 100)));

      const winner = runs[claims.findIndex(({ outcome }) => outcome === 'claimed')];
      expect(claims.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1);
      expect(claims.flatMap((claim) => (claim.outcome === 'duplicate' ? [claim.run.id] : []))).toEqual(
        Array.from({ length: 19 }, () => winner?.id),
      );
    });

    it('tells a claim whose place is taken from one whose conversation is busy', async () => {
      const first = runOf();
      await stores.runs.claim(first, leaseOf(), 100);
      await stores.runs.finish(first.id, 1, completed);

      const again = runOf({ conversationId: first.conversationId, position: 1 });
      const next = runOf({ conversationId: first.conversationId, position: 3 });

      expect(await stores.runs.claim(again, leaseOf(), 100)).toEqual({ outcome: 'stale' });
      expect(await stores.runs.claim(next, leaseOf(), 100)).toEqual({ outcome: 'claimed' });
      expect(
        await stores.runs.claim(runOf({ conversationId: first.conversationId, position: 5 }), leaseOf(), 100),
      ).toEqual({ outcome: 'busy' });
    });

    it('ends a run once or twice, for who holds its fence', async () => {
      const run = runOf();
      await stores.runs.claim(run, leaseOf(), 100);

      expect(await stores.runs.finish(run.id, 2, completed)).toBe(false);
      expect(await stores.runs.finish(run.id, 1, completed)).toBe(true);
      expect(await stores.runs.finish(run.id, 1, completed)).toBe(true);

      expect(await stores.runs.find(run.id)).toEqual({ ...run, ...completed });
      expect(await stores.runs.listActive([run.conversationId])).toEqual([]);
      expect(await stores.runs.reserveSeq(run.id, 1, 200)).toBe(false);
    });

    it('takes over the runs whose lease has ended, with a higher fence and the numbers that are reserved', async () => {
      const [lost, alive] = [runOf(), runOf()];
      await stores.runs.claim(lost, { ...leaseOf('gone'), until: later(-1) }, 100);
      await stores.runs.claim(alive, leaseOf(), 100);
      await stores.runs.reserveSeq(lost.id, 1, 300);

      const taken = await stores.runs.takeOver({ owner: 'here', until: later(10) }, at, 9);

      expect(taken).toEqual([{ run: lost, fence: 2, reservedSeq: 300 }]);
      expect(await stores.runs.takeOver({ owner: 'here', until: later(10) }, at, 9)).toEqual([]);
      expect(await stores.runs.finish(lost.id, 1, completed)).toBe(false);
    });

    it('takes each over once, even where the new lease ends before the time that is asked for', async () => {
      const lost = runOf();
      await stores.runs.claim(lost, leaseOf(), 100);

      const taken = await stores.runs.takeOver({ owner: 'here', until: later(10) }, new Date(8.64e15), 999);

      expect(taken.filter(({ run }) => run.id === lost.id)).toEqual([{ run: lost, fence: 2, reservedSeq: 100 }]);
    });

    it('renews what its owner still holds, and tells what is to be cancelled', async () => {
      const [kept, asked, lost] = [runOf(), runOf(), runOf()];
      for (const run of [kept, asked, lost]) await stores.runs.claim(run, { ...leaseOf(), until: later(-1) }, 100);
      await stores.runs.takeOver({ owner: 'there', until: later(10) }, at, 1);
      const [held] = await Promise.all([
        stores.runs.renew('here', [kept.id, asked.id, lost.id], later(20)),
        stores.runs.requestCancel(asked.id),
      ]);
      const again = await stores.runs.renew('here', held.held, later(20));

      expect(held.held).toHaveLength(2);
      expect(again.cancelled).toEqual(held.held.filter((id) => id === asked.id));
      expect(await stores.runs.isCancelRequested(asked.id)).toBe(true);
      expect(await stores.runs.takeOver({ owner: 'there', until: later(30) }, at, 9)).toEqual([]);
    });
  });

  it('forgets all of a conversation, and nothing of another', async () => {
    const [gone, kept] = [conversationOf(), conversationOf()];
    for (const { id } of [gone, kept]) {
      await stores.messages.insertMissing([messageOf(id, 1)], 1);
      await stores.runs.claim(runOf({ conversationId: id }), leaseOf(), 100);
    }

    await stores.runs.deleteOfConversation(gone.id);
    await stores.messages.deleteOfConversation(gone.id);

    expect(await stores.messages.listLinks(gone.id)).toEqual([]);
    expect(await stores.runs.listActive([gone.id, kept.id])).toHaveLength(1);
    expect(await stores.messages.listLinks(kept.id)).toHaveLength(1);
  });
}
