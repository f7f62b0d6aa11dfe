import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTomato } from '../../src/sdk/client.js';
import { say } from '../kit/fake-llm.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let ada: Person;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  ada = await house.join();
});

const SEARCH = /* GraphQL */ `
  query ($text: String, $filter: ConversationFilter, $first: Int, $after: String) {
    searchConversations(text: $text, filter: $filter, first: $first, after: $after) {
      nodes {
        conversation {
          id
        }
        matchedMessage {
          role
          text
        }
        snippet
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        endCursor
      }
    }
  }
`;

type Found = {
  searchConversations: {
    nodes: {
      conversation: { id: string };
      matchedMessage: { role: string; text: string } | null;
      snippet: string | null;
    }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
  };
};

const search = async (person: Person, variables: Record<string, unknown> = {}) =>
  (await person.get<Found>(SEARCH, variables)).searchConversations;

const idsOf = ({ nodes }: Found['searchConversations']) => nodes.map(({ conversation }) => conversation.id);

/** A conversation of one turn. */
async function talk(person: Person, question: string, answer: string): Promise<string> {
  const id = await person.createConversation();
  house.llm.script([say(answer)]);
  await person.turn(id, question);
  return id;
}

const DELETE = 'mutation ($id: ID!) { deleteConversation(id: $id) }';

describe('with a text', () => {
  it.each(['정렬하는', '리스트정렬', 'sorting list'])('finds what was asked, by %j', async (text) => {
    const id = await talk(ada, '리스트를 정렬해 줘', '네');
    await talk(ada, '고양이 사진', '귀여워요');

    expect(idsOf(await search(ada, { text }))).toEqual([id]);
  });

  it('finds what was answered as soon as the run has ended, with the match marked', async () => {
    const id = await talk(ada, '안녕', '저는 리스트를 정렬할 줄 알아요');

    expect((await search(ada, { text: '정렬' })).nodes).toEqual([
      {
        conversation: { id },
        matchedMessage: { role: 'ASSISTANT', text: '저는 리스트를 정렬할 줄 알아요' },
        snippet: '저는 리스트를 «정렬»할 줄 알아요',
      },
    ]);
  });

  it('finds the latest message that has it', async () => {
    const id = await talk(ada, '정렬이 뭐야', '순서대로 놓는 일이에요');
    house.llm.script([say('네')]);
    await ada.turn(id, '그럼 정렬해 줘');

    const { nodes } = await search(ada, { text: '정렬' });

    expect(nodes.map(({ matchedMessage }) => matchedMessage?.text)).toEqual(['그럼 정렬해 줘']);
  });

  it('finds nothing of others, and nothing where nothing fits', async () => {
    await talk(ada, '리스트를 정렬해 줘', '네');
    const bob = await house.join();

    expect(await search(bob, { text: '정렬' })).toEqual({
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, endCursor: null },
    });
    expect(idsOf(await search(ada, { text: '양자역학' }))).toEqual([]);
  });

  it('finds nothing of what was deleted a moment ago', async () => {
    const id = await talk(ada, '리스트를 정렬해 줘', '네');
    expect(idsOf(await search(ada, { text: '정렬' }))).toEqual([id]);

    await ada.get(DELETE, { id });

    expect(idsOf(await search(ada, { text: '정렬' }))).toEqual([]);
    expect(await house.needs.messageTokens.listKept([id], 0, 100)).toEqual([]);
  });

  it('pages from the latest to the oldest', async () => {
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.unshift(await talk(ada, `정렬 ${n}`, '네'));

    const first = await search(ada, { text: '정렬', first: 2 });
    const second = await search(ada, { text: '정렬', first: 2, after: first.pageInfo.endCursor });

    expect(idsOf(first)).toEqual(ids.slice(0, 2));
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(idsOf(second)).toEqual(ids.slice(2));
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('keeps to the filter', async () => {
    const id = await talk(ada, '정렬', '네');

    expect(idsOf(await search(ada, { text: '정렬', filter: { visibility: 'PRIVATE', kind: 'PERSONAL' } }))).toEqual([
      id,
    ]);
    expect(idsOf(await search(ada, { text: '정렬', filter: { visibility: 'PUBLIC' } }))).toEqual([]);
    expect(idsOf(await search(ada, { filter: { kind: 'SYSTEM' } }))).toEqual([]);
  });

  it.each([
    ['text', { text: 'x'.repeat(201) }],
    ['text', { text: '\ud800' }],
    ['after', { text: '정렬', after: Buffer.from('msg_nonsense').toString('base64url') }],
    ['after', { after: Buffer.from('nonsense').toString('base64url') }],
    ['first', { text: '정렬', first: 101 }],
  ])('refuses a %s that cannot be', async (field, variables) => {
    const { errors } = await ada.ask(SEARCH, variables);

    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field });
  });

  it('is for those who are signed in', async () => {
    const { errors } = await house.ask(SEARCH, { text: '정렬' });

    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});

describe.each([undefined, null, '', '  '])('with %j for a text', (text) => {
  it('shows each conversation with its last message, last changed first, page by page', async () => {
    const empty = await ada.createConversation();
    const older = await talk(ada, '하나', '첫째');
    const newer = await talk(ada, '둘', '둘째');

    const first = await search(ada, { text, first: 2 });
    const second = await search(ada, { text, first: 2, after: first.pageInfo.endCursor });

    expect(first.nodes).toEqual([
      { conversation: { id: newer }, matchedMessage: { role: 'ASSISTANT', text: '둘째' }, snippet: null },
      { conversation: { id: older }, matchedMessage: { role: 'ASSISTANT', text: '첫째' }, snippet: null },
    ]);
    expect(second.nodes).toEqual([{ conversation: { id: empty }, matchedMessage: null, snippet: null }]);
  });
});

it('is reached through the SDK', async () => {
  const id = await talk(ada, '리스트를 정렬해 줘', '네');
  const tomato = createTomato({ url: house.url, token: ada.token });

  const { searchConversations } = await tomato.searchConversations({ text: '정렬' });

  expect(searchConversations.nodes[0]).toMatchObject({ conversation: { id }, snippet: '리스트를 «정렬»해 줘' });
});
