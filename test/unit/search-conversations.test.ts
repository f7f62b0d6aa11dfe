import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textOf } from '../../src/domain/conversations/message.js';
import { listWithLastMessage } from '../../src/domain/conversations/search/search-conversations.js';
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

describe('a conversation', () => {
  it.each([
    ['정렬하는', '리스트를 «정렬»해 주세요'],
    ['리스트정렬', '«리스트»를 «정렬»해 주세요'],
    ['정렬', '리스트를 «정렬»해 주세요'],
  ])('is found by %s, with the match marked', async (text, snippet) => {
    const here = stores.start();
    const { id } = await startConversation(stores, ada.id);
    await say(stores, id, 1, '리스트를 정렬해 주세요', '물론입니다');

    expect(shown(await here.search(ada, text))).toEqual([[id, 1, snippet]]);
  });

  it('is found by its latest message that matches; the one where it was said last comes first', async () => {
    const here = stores.start();
    const [first, second, third] = [
      await startConversation(stores, ada.id),
      await startConversation(stores, ada.id),
      await startConversation(stores, ada.id),
    ];
    await say(stores, first.id, 1, '캐시를 지워 줘', '캐시를 지웠어요', '고마워', '천만에요');
    await say(stores, second.id, 1, '캐시가 뭐야?', '임시 저장소예요');
    await say(stores, third.id, 1, '안녕', '반가워요');

    expect(shown(await here.search(ada, '캐시'))).toEqual([
      [second.id, 1, '«캐시»가 뭐야?'],
      [first.id, 2, '«캐시»를 지웠어요'],
    ]);
  });

  it('is not found by what has little of what was asked, where others have all of it', async () => {
    const here = stores.start();
    const [whole, part] = [await startConversation(stores, ada.id), await startConversation(stores, ada.id)];
    await say(stores, whole.id, 1, '데이터베이스 커넥션 풀 설정', '네');
    await say(stores, part.id, 1, '오늘 날씨 설정은 어때', '맑아요');

    expect(shown(await here.search(ada, '데이터베이스 커넥션 풀 설정')).map(([id]) => id)).toEqual([whole.id]);
  });

  it('is found by nobody but its owner', async () => {
    const here = stores.start();
    const { id } = await startConversation(stores, ada.id);
    await say(stores, id, 1, '비밀 정렬', '네');
    const bob = newViewer();

    expect(await here.search(bob, '정렬')).toEqual([]);
  });

  it('is not found by what tools answered, nor by what the model thought', async () => {
    const here = stores.start();
    const { id } = await startConversation(stores, ada.id);
    const call = { type: 'tool-call', callId: 'c', step: 1, name: 'time_now', argumentsText: '{}' } as const;
    await say(stores, id, 1, '몇 시야', {
      parts: [
        { type: 'reasoning', text: '서울의 시간을 정렬' },
        { ...call, status: 'SUCCEEDED', output: '정렬', isTruncated: false, durationMs: 1 },
        { type: 'text', text: '세 시예요' },
      ],
    });

    expect(await here.search(ada, '정렬')).toEqual([]);
    expect(await here.search(ada, '세 시')).toHaveLength(1);
  });
});

it('pages through all, each once, while more is said', async () => {
  const here = stores.start();
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) {
    const { id } = await startConversation(stores, ada.id);
    await say(stores, id, 1, `정렬 ${n}`, '네');
    ids.unshift(id);
  }
  const found: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page = await here.search(ada, '정렬', { limit: 3, after });
    found.push(...page.map(({ conversation }) => conversation.id));
    after = page.at(-1)?.matchedMessage?.id ?? null;
    if (after === null) break;
    const { id } = await startConversation(stores, ada.id);
    await say(stores, id, 1, '새로운 정렬', '네');
  }

  expect(found).toEqual(ids);
});

it('shows the words that were said', async () => {
  const here = stores.start();
  const { id } = await startConversation(stores, ada.id);
  await say(stores, id, 1, 'getUserName이 뭐야?', '이름을 주는 함수예요');

  const [hit] = await here.search(ada, 'get_user_name');

  expect(textOf(hit!.matchedMessage!)).toBe('getUserName이 뭐야?');
  expect(hit!.snippet).toBe('«getUserName»이 뭐야?');
});

describe('without a text', () => {
  it('as many conversations as are asked for are listed, however many others lie between them', async () => {
    const conversations = [];
    for (let n = 0; n < 7; n++) {
      const { id } = await startConversation(stores, ada.id);
      await stores.conversations.update(id, { updatedAt: new Date(n), visibility: n % 3 === 0 ? 'PUBLIC' : 'PRIVATE' });
      conversations.push(id);
    }
    const filter = { kind: null, visibility: 'PUBLIC' } as const;

    const first = await listWithLastMessage(stores, ada, filter, 2, null);
    const rest = await listWithLastMessage(stores, ada, filter, 2, first.at(-1)!.conversation);

    expect([first, rest].map((page) => page.map(({ conversation }) => conversation.id))).toEqual([
      [conversations[6], conversations[3]],
      [conversations[0]],
    ]);
  });
});
