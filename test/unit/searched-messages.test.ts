import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { entryIdOf } from '../../src/domain/conversations/search/searched-message.js';
import { NO_USAGE } from '../../src/domain/usage/usage.js';
import type { Viewer } from '../../src/domain/users/user.js';
import { say, startConversation } from '../kit/said.js';
import {
  newViewer,
  openSearchedConversations,
  shown,
  type SearchedConversations,
} from '../kit/searched-conversations.js';

let stores: SearchedConversations;
beforeAll(async () => {
  stores = await openSearchedConversations();
});
afterAll(() => stores.close());

let ada: Viewer;
beforeEach(() => {
  ada = newViewer();
});

describe('what is searched', () => {
  it('is analysed once for all processes, and only what is new is read', async () => {
    const [here, there] = [stores.start(), stores.start()];
    const { id } = await startConversation(stores, ada.id);
    await say(stores, id, 1, '리스트 정렬', '네');
    await here.search(ada, '정렬');
    expect(here.asked).toEqual([
      'analyze 정렬',
      'listHeads',
      'listKept',
      'listAfter',
      'analyze 리스트 정렬',
      'analyze 네',
      'keep',
      'findMany',
    ]);

    await there.search(ada, '정렬');
    expect(there.asked).toEqual(['analyze 정렬', 'listHeads', 'listKept', 'findMany']);

    here.asked.length = 0;
    await here.search(ada, '고양이');
    expect(here.asked).toEqual(['analyze 고양이', 'listHeads']);

    here.asked.length = 0;
    await say(stores, id, 3, '고양이 사진', '귀여워요');
    expect(await here.search(ada, '고양이')).toHaveLength(1);
    expect(here.asked).toEqual([
      'analyze 고양이',
      'listHeads',
      'listAfter',
      'analyze 고양이 사진',
      'analyze 귀여워요',
      'keep',
      'findMany',
    ]);
  });

  it('is the same in every process, whichever wrote it', async () => {
    const [here, there] = [stores.start(), stores.start()];
    const { id } = await startConversation(stores, ada.id);
    for (let round = 0; round < 4; round++) {
      const [message] = await say(stores, id, 1 + 2 * round, `정렬 ${round}`, '네');
      const [searched, other] = round % 2 === 0 ? [here, there] : [there, here];

      expect((await searched.search(ada, '정렬'))[0]?.matchedMessage?.id).toBe(message!.id);
      expect((await other.search(ada, '정렬'))[0]?.matchedMessage?.id).toBe(message!.id);
    }
  });

  it('is an answer once it has ended, not while it is written', async () => {
    const here = stores.start();
    const { id } = await startConversation(stores, ada.id);
    const [, answer] = await say(stores, id, 1, '안녕', { parts: [], status: 'STREAMING' });
    const draft = { messageId: answer!.id, fence: 1, seq: 1, parts: [{ type: 'text', text: '정렬이란' }] } as const;
    await stores.messages.saveDrafts([draft]);
    expect(await here.search(ada, '정렬')).toEqual([]);
    expect(await here.search(ada, '안녕')).toHaveLength(1);

    await stores.messages.finish(draft, 'PARTIAL', NO_USAGE);

    expect(shown(await here.search(ada, '정렬'))).toEqual([[id, 2, '«정렬»이란']]);
  });

  it('is all that was said in a long conversation, and in many short ones', async () => {
    const texts = Array.from({ length: 230 }, (_, n) => `${n === 1 || n === 229 ? '정렬' : '안녕'} ${n}`);
    const long = await startConversation(stores, ada.id);
    await say(stores, long.id, 1, ...texts);
    const short: string[] = [];
    for (let n = 0; n < 70; n++) {
      const { id } = await startConversation(stores, ada.id);
      await say(stores, id, 1, `고양이 ${n}`, '네');
      short.unshift(id);
    }
    await stores.start().search(ada, '정렬');
    const there = stores.start();

    expect(shown(await there.search(ada, '정렬'))).toEqual([[long.id, 230, '«정렬» 229']]);
    expect((await there.search(ada, '고양이', { limit: 100 })).map(({ conversation }) => conversation.id)).toEqual(
      short,
    );
    expect(there.asked).not.toContain('keep');
  });

  it('is without what is forgotten while it is being read', async () => {
    const { id } = await startConversation(stores, ada.id);
    const [message] = await say(stores, id, 1, '리스트 정렬', '네');
    const entryId = entryIdOf({ conversationId: id, position: 1, messageId: message!.id });
    const { indexes } = stores.start();

    const opening = indexes.open(ada.id);
    await indexes.forget(ada.id, [{ entryId, messageId: message!.id }]);

    expect((await opening).index.entryCount).toBe(1);
  });

  it('is waited for no longer than a client waits, and found when it is done', async () => {
    const { id } = await startConversation(stores, ada.id);
    await say(stores, id, 1, '리스트 정렬', '네');
    let done = () => {};
    const mayAnalyze = new Promise<void>((resolve) => (done = resolve));
    const here = stores.start({ maxWaitMs: 50, mayAnalyze });

    await expect(here.search(ada, '정렬')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      details: { isRetryable: true, retryAfterMs: 50 },
    });
    done();

    await vi.waitFor(async () => expect(await here.search(ada, '정렬')).toHaveLength(1), 10_000);
    expect(here.asked.filter((asked) => asked === 'analyze 리스트 정렬')).toHaveLength(1);
  });

  it('is found again where another analyzer had analysed it', async () => {
    const { id } = await startConversation(stores, ada.id);
    const [message] = await say(stores, id, 1, '리스트 정렬', '네');
    const tokens = { version: 'older', pieces: [] };
    await stores.messageTokens.keep([{ messageId: message!.id, conversationId: id, position: 1, tokens }]);

    expect(await stores.start().search(ada, '정렬')).toHaveLength(1);
    expect((await stores.messageTokens.listKept([id], 0, 100))[0]?.tokens.version).not.toBe('older');
  });

  it('takes no more memory than there is, and is read again when it was let go of', async () => {
    const owners = Array.from({ length: 3 }, newViewer);
    for (const owner of owners) {
      const { id } = await startConversation(stores, owner.id);
      await say(stores, id, 1, '리스트 정렬 '.repeat(50), '네');
    }
    const wide = stores.start();
    await wide.search(owners[0]!, '정렬');
    const maxIndexBytes = 2 * wide.memory.byteLength;
    const here = stores.start({ maxIndexBytes });

    for (const viewer of [...owners, owners[0]!]) {
      here.asked.length = 0;
      expect(await here.search(viewer, '정렬')).toHaveLength(1);
      expect(here.memory.byteLength).toBeLessThanOrEqual(maxIndexBytes);
      expect(here.asked).toContain('listKept');
    }
  });

  it('counts what is held for those who have no conversations, so that it can be let go of', async () => {
    const here = stores.start();

    await here.search(newViewer(), '정렬');
    const heldForOne = here.memory.byteLength;
    await here.search(newViewer(), '정렬');

    expect(heldForOne).toBeGreaterThan(0);
    expect(here.memory.byteLength).toBe(2 * heldForOne);
  });
});

describe('what is deleted', () => {
  it('is not found from then on: a conversation', async () => {
    const [here, there] = [stores.start(), stores.start()];
    const { id } = await startConversation(stores, ada.id);
    await say(stores, id, 1, '리스트 정렬', '네');
    for (const process of [here, there]) expect(await process.search(ada, '정렬')).toHaveLength(1);

    await stores.messages.deleteOfConversation(id);
    await stores.messageTokens.deleteOfConversation(id);
    expect(await here.search(ada, '정렬')).toEqual([]);
    await stores.conversations.delete(id);

    expect(await there.search(ada, '정렬')).toEqual([]);
    expect(await stores.start().search(ada, '정렬')).toEqual([]);
    expect(await stores.messageTokens.listKept([id], 0, 100)).toEqual([]);
  });

  it('is not found from then on: a message, in the place of which an earlier one is found', async () => {
    const here = stores.start();
    const { id } = await startConversation(stores, ada.id);
    const said = await say(stores, id, 1, '처음 정렬', '네', '다시 정렬', '네');
    expect(shown(await here.search(ada, '정렬'))).toEqual([[id, 3, '다시 «정렬»']]);

    const blanked = { $set: { parts: [], status: 'DELETED' } };
    await stores.documents.connection.collection<{ _id: string }>('messages').updateOne({ _id: said[2]!.id }, blanked);

    expect(shown(await here.search(ada, '정렬'))).toEqual([[id, 1, '처음 «정렬»']]);
    expect((await stores.messageTokens.listKept([id], 0, 100)).map(({ position }) => position)).toEqual([1, 2, 4]);
    expect(shown(await stores.start().search(ada, '정렬'))).toEqual([[id, 1, '처음 «정렬»']]);
  });

  it('is not found from then on: all that was said in a conversation that goes on', async () => {
    const here = stores.start();
    const { id } = await startConversation(stores, ada.id);
    await say(stores, id, 1, '처음 정렬', '네');
    expect(await here.search(ada, '정렬')).toHaveLength(1);
    await stores.messages.deleteOfConversation(id);
    await stores.conversations.delete(id);
    const emptied = { ...(await startConversation(stores, ada.id)), id };
    await stores.conversations.insert(emptied);

    expect(await here.search(ada, '정렬')).toEqual([]);

    await say(stores, id, 1, '고양이', '네');
    expect(shown(await here.search(ada, '고양이'))).toEqual([[id, 1, '«고양이»']]);
  });
});
