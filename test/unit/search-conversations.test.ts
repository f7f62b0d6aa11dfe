import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { IndexMemory } from '../../src/domain/archive/index-memory.js';
import { ConversationIndexes } from '../../src/domain/conversations/search/conversation-indexes.js';
import type { MessageTokenStore } from '../../src/domain/conversations/search/message-token-store.js';
import { searchConversations } from '../../src/domain/conversations/search/search-conversations.js';
import { textOf } from '../../src/domain/conversations/message.js';
import type { MessageStore } from '../../src/domain/conversations/message-store.js';
import { NO_USAGE } from '../../src/domain/models/usage.js';
import type { MorphemeAnalyzer } from '../../src/domain/archive/analysis/morpheme-analyzer.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoConversationStore } from '../../src/infra/mongo/mongo-conversation-store.js';
import { MongoMessageStore } from '../../src/infra/mongo/mongo-message-store.js';
import { MongoMessageTokenStore } from '../../src/infra/mongo/mongo-message-token-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';
import { say, startConversation } from '../kit/said.js';

let documents: Documents;
const morphemes = new GaruAnalyzer();
let conversations: MongoConversationStore;
let messages: MongoMessageStore;
let messageTokens: MongoMessageTokenStore;
beforeAll(async () => {
  documents = await openDocuments();
  const { connection } = documents;
  conversations = new MongoConversationStore(connection);
  messages = new MongoMessageStore(connection);
  messageTokens = new MongoMessageTokenStore(connection);
  await createIndexes(connection);
});
afterAll(async () => {
  await morphemes.close();
  await documents.close();
});

let ada: { id: string; role: 'DEVELOPER'; sessionId: string };
beforeEach(() => {
  ada = { id: newId('usr'), role: 'DEVELOPER', sessionId: 'ses' };
});

/** A process that writes down what it asks of its stores and how often it tells something apart. */
function startProcess({ maxIndexBytes = 100_000_000, maxWaitMs = 15_000, untilTold = Promise.resolve() } = {}) {
  const asked: string[] = [];
  const counting = <Store extends object>(store: Store, names: readonly (keyof Store & string)[]): Store =>
    new Proxy(store, {
      get(target, name) {
        if (names.includes(name as never)) asked.push(name as string);
        return (Reflect.get(target, name) as Function).bind(target);
      },
    });
  const told: MorphemeAnalyzer = {
    version: morphemes.version,
    async morphemesOf(line) {
      asked.push(`tell ${line}`);
      if (line !== '정렬') await untilTold;
      return morphemes.morphemesOf(line);
    },
  };
  const needs = {
    conversations,
    messages: counting<MessageStore>(messages, ['listAfter', 'findMany']),
    messageTokens: counting<MessageTokenStore>(messageTokens, ['listHeads', 'listKept', 'keep']),
    morphemes: told,
    log: silentLog,
  };
  const memory = new IndexMemory(maxIndexBytes);
  const conversationIndexes = new ConversationIndexes(needs, memory, { maxWaitMs });
  const search = async (text: string, { limit = 50, after = null as string | null, viewer = ada } = {}) =>
    searchConversations({ needs, conversationIndexes }, viewer, { text, filter: ANY }, limit, after);
  return { asked, memory, search };
}

const ANY = { kind: null, visibility: null };

const shown = (hits: Awaited<ReturnType<ReturnType<typeof startProcess>['search']>>) =>
  hits.map(({ conversation, matchedMessage, snippet }) => [conversation.id, matchedMessage?.position, snippet]);

const stores = () => ({ conversations, messages });

describe('a conversation', () => {
  it.each([
    ['정렬하는', '리스트를 «정렬»해 주세요'],
    ['리스트정렬', '«리스트»를 «정렬»해 주세요'],
    ['정렬', '리스트를 «정렬»해 주세요'],
  ])('is found by %s, with the match marked', async (text, snippet) => {
    const here = startProcess();
    const { id } = await startConversation(stores(), ada.id);
    await say(stores(), id, 1, '리스트를 정렬해 주세요', '물론입니다');

    expect(shown(await here.search(text))).toEqual([[id, 1, snippet]]);
  });

  it('is found by its latest message that matches; the one where it was said last comes first', async () => {
    const here = startProcess();
    const [first, second, third] = [
      await startConversation(stores(), ada.id),
      await startConversation(stores(), ada.id),
      await startConversation(stores(), ada.id),
    ];
    await say(stores(), first.id, 1, '캐시를 지워 줘', '캐시를 지웠어요', '고마워', '천만에요');
    await say(stores(), second.id, 1, '캐시가 뭐야?', '임시 저장소예요');
    await say(stores(), third.id, 1, '안녕', '반가워요');

    expect(shown(await here.search('캐시'))).toEqual([
      [second.id, 1, '«캐시»가 뭐야?'],
      [first.id, 2, '«캐시»를 지웠어요'],
    ]);
  });

  it('is not found by what has little of what was asked, where others have all of it', async () => {
    const here = startProcess();
    const [whole, part] = [await startConversation(stores(), ada.id), await startConversation(stores(), ada.id)];
    await say(stores(), whole.id, 1, '데이터베이스 커넥션 풀 설정', '네');
    await say(stores(), part.id, 1, '오늘 날씨 설정은 어때', '맑아요');

    expect(shown(await here.search('데이터베이스 커넥션 풀 설정')).map(([id]) => id)).toEqual([whole.id]);
  });

  it('is found by nobody but its owner', async () => {
    const here = startProcess();
    const { id } = await startConversation(stores(), ada.id);
    await say(stores(), id, 1, '비밀 정렬', '네');
    const bob = { ...ada, id: newId('usr') };

    expect(await here.search('정렬', { viewer: bob })).toEqual([]);
  });

  it('is not found by what tools answered, nor by what the model thought', async () => {
    const here = startProcess();
    const { id } = await startConversation(stores(), ada.id);
    const call = { type: 'tool-call', callId: 'c', step: 1, name: 'time_now', argumentsText: '{}' } as const;
    await say(stores(), id, 1, '몇 시야', {
      parts: [
        { type: 'reasoning', text: '서울의 시간을 정렬' },
        { ...call, status: 'SUCCEEDED', output: '정렬', isTruncated: false, durationMs: 1 },
        { type: 'text', text: '세 시예요' },
      ],
    });

    expect(await here.search('정렬')).toEqual([]);
    expect(await here.search('세 시')).toHaveLength(1);
  });
});

describe('what is searched', () => {
  it('is told apart once for all processes, and only what is new is read', async () => {
    const [here, there] = [startProcess(), startProcess()];
    const { id } = await startConversation(stores(), ada.id);
    await say(stores(), id, 1, '리스트 정렬', '네');
    await here.search('정렬');
    expect(here.asked).toEqual([
      'tell 정렬',
      'listHeads',
      'listKept',
      'listAfter',
      'tell 리스트 정렬',
      'tell 네',
      'keep',
      'findMany',
    ]);

    await there.search('정렬');
    expect(there.asked).toEqual(['tell 정렬', 'listHeads', 'listKept', 'findMany']);

    here.asked.length = 0;
    await here.search('고양이');
    expect(here.asked).toEqual(['tell 고양이', 'listHeads']);

    here.asked.length = 0;
    await say(stores(), id, 3, '고양이 사진', '귀여워요');
    expect(await here.search('고양이')).toHaveLength(1);
    expect(here.asked).toEqual([
      'tell 고양이',
      'listHeads',
      'listAfter',
      'tell 고양이 사진',
      'tell 귀여워요',
      'keep',
      'findMany',
    ]);
  });

  it('is the same in every process, whichever wrote it', async () => {
    const [here, there] = [startProcess(), startProcess()];
    const { id } = await startConversation(stores(), ada.id);
    for (let round = 0; round < 4; round++) {
      const [message] = await say(stores(), id, 1 + 2 * round, `정렬 ${round}`, '네');
      const [searched, other] = round % 2 === 0 ? [here, there] : [there, here];

      expect((await searched.search('정렬'))[0]?.matchedMessage?.id).toBe(message!.id);
      expect((await other.search('정렬'))[0]?.matchedMessage?.id).toBe(message!.id);
    }
  });

  it('is an answer once it has ended, not while it is written', async () => {
    const here = startProcess();
    const { id } = await startConversation(stores(), ada.id);
    const [, answer] = await say(stores(), id, 1, '안녕', { parts: [], status: 'STREAMING' });
    const draft = { messageId: answer!.id, fence: 1, seq: 1, parts: [{ type: 'text', text: '정렬이란' }] } as const;
    await messages.saveDrafts([draft]);
    expect(await here.search('정렬')).toEqual([]);
    expect(await here.search('안녕')).toHaveLength(1);

    await messages.finish(draft, 'PARTIAL', NO_USAGE);

    expect(shown(await here.search('정렬'))).toEqual([[id, 2, '«정렬»이란']]);
  });

  it('is all that was said in a long conversation, and in many short ones', async () => {
    const texts = Array.from({ length: 230 }, (_, n) => `${n === 1 || n === 229 ? '정렬' : '안녕'} ${n}`);
    const long = await startConversation(stores(), ada.id);
    await say(stores(), long.id, 1, ...texts);
    const short: string[] = [];
    for (let n = 0; n < 70; n++) {
      const { id } = await startConversation(stores(), ada.id);
      await say(stores(), id, 1, `고양이 ${n}`, '네');
      short.unshift(id);
    }
    await startProcess().search('정렬');
    const there = startProcess();

    expect(shown(await there.search('정렬'))).toEqual([[long.id, 230, '«정렬» 229']]);
    expect((await there.search('고양이', { limit: 100 })).map(({ conversation }) => conversation.id)).toEqual(short);
    expect(there.asked).not.toContain('keep');
  });

  it('is waited for no longer than a client waits, and found when it is done', async () => {
    const { id } = await startConversation(stores(), ada.id);
    await say(stores(), id, 1, '리스트 정렬', '네');
    let done = () => {};
    const untilTold = new Promise<void>((resolve) => (done = resolve));
    const here = startProcess({ maxWaitMs: 50, untilTold });

    await expect(here.search('정렬')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      details: { isRetryable: true, retryAfterMs: 50 },
    });
    done();

    await vi.waitFor(async () => expect(await here.search('정렬')).toHaveLength(1), 10_000);
    expect(here.asked.filter((asked) => asked === 'tell 리스트 정렬')).toHaveLength(1);
  });

  it('is found again where another analyzer had told it apart', async () => {
    const { id } = await startConversation(stores(), ada.id);
    const [message] = await say(stores(), id, 1, '리스트 정렬', '네');
    const tokens = { version: 'older', pieces: [] };
    await messageTokens.keep([{ messageId: message!.id, conversationId: id, position: 1, tokens }]);

    expect(await startProcess().search('정렬')).toHaveLength(1);
    expect((await messageTokens.listKept([id], 0, 100))[0]?.tokens.version).not.toBe('older');
  });

  it('takes no more memory than there is, and is read again when it was let go of', async () => {
    const owners = Array.from({ length: 3 }, () => ({ ...ada, id: newId('usr') }));
    for (const owner of owners) {
      const { id } = await startConversation(stores(), owner.id);
      await say(stores(), id, 1, '리스트 정렬 '.repeat(50), '네');
    }
    const wide = startProcess();
    await wide.search('정렬', { viewer: owners[0]! });
    const maxIndexBytes = 2 * wide.memory.byteLength;
    const here = startProcess({ maxIndexBytes });

    for (const viewer of [...owners, owners[0]!]) {
      here.asked.length = 0;
      expect(await here.search('정렬', { viewer })).toHaveLength(1);
      expect(here.memory.byteLength).toBeLessThanOrEqual(maxIndexBytes);
      expect(here.asked).toContain('listKept');
    }
  });
});

describe('what is deleted', () => {
  it('is not found from then on: a conversation', async () => {
    const [here, there] = [startProcess(), startProcess()];
    const { id } = await startConversation(stores(), ada.id);
    await say(stores(), id, 1, '리스트 정렬', '네');
    for (const process of [here, there]) expect(await process.search('정렬')).toHaveLength(1);

    await messages.deleteOfConversation(id);
    await messageTokens.deleteOfConversation(id);
    expect(await here.search('정렬')).toEqual([]);
    await conversations.delete(id);

    expect(await there.search('정렬')).toEqual([]);
    expect(await startProcess().search('정렬')).toEqual([]);
    expect(await messageTokens.listKept([id], 0, 100)).toEqual([]);
  });

  it('is not found from then on: a message, in the place of which an earlier one is found', async () => {
    const here = startProcess();
    const { id } = await startConversation(stores(), ada.id);
    const said = await say(stores(), id, 1, '처음 정렬', '네', '다시 정렬', '네');
    expect(shown(await here.search('정렬'))).toEqual([[id, 3, '다시 «정렬»']]);

    const blanked = { $set: { parts: [], status: 'DELETED' } };
    await documents.connection.collection<{ _id: string }>('messages').updateOne({ _id: said[2]!.id }, blanked);

    expect(shown(await here.search('정렬'))).toEqual([[id, 1, '처음 «정렬»']]);
    expect((await messageTokens.listKept([id], 0, 100)).map(({ position }) => position)).toEqual([1, 2, 4]);
    expect(shown(await startProcess().search('정렬'))).toEqual([[id, 1, '처음 «정렬»']]);
  });

  it('is not found from then on: all that was said in a conversation that goes on', async () => {
    const here = startProcess();
    const { id } = await startConversation(stores(), ada.id);
    await say(stores(), id, 1, '처음 정렬', '네');
    expect(await here.search('정렬')).toHaveLength(1);
    await messages.deleteOfConversation(id);
    await conversations.delete(id);
    const emptied = { ...(await startConversation(stores(), ada.id)), id };
    await conversations.insert(emptied);

    expect(await here.search('정렬')).toEqual([]);

    await say(stores(), id, 1, '고양이', '네');
    expect(shown(await here.search('고양이'))).toEqual([[id, 1, '«고양이»']]);
  });
});

it('pages through all, each once, while more is said', async () => {
  const here = startProcess();
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) {
    const { id } = await startConversation(stores(), ada.id);
    await say(stores(), id, 1, `정렬 ${n}`, '네');
    ids.unshift(id);
  }
  const found: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page = await here.search('정렬', { limit: 3, after });
    found.push(...page.map(({ conversation }) => conversation.id));
    after = page.at(-1)?.matchedMessage?.id ?? null;
    if (after === null) break;
    const { id } = await startConversation(stores(), ada.id);
    await say(stores(), id, 1, '새로운 정렬', '네');
  }

  expect(found).toEqual(ids);
});

it('shows the words that were said', async () => {
  const here = startProcess();
  const { id } = await startConversation(stores(), ada.id);
  await say(stores(), id, 1, 'getUserName이 뭐야?', '이름을 주는 함수예요');

  const [hit] = await here.search('get_user_name');

  expect(textOf(hit!.matchedMessage!)).toBe('getUserName이 뭐야?');
  expect(hit!.snippet).toBe('«getUserName»이 뭐야?');
});
