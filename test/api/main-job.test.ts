import { expect, it } from 'vitest';
import { openHouse, type Person } from '../kit/house.js';
import { stall } from '../kit/fake-llm.js';

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }';

it('lets a user have only so many runs, however many are sent at once', async () => {
  const house = await openHouse({ env: { RUNS_PER_USER: '3' } });
  const [bob, eve] = [await house.join('bob'), await house.join('eve')];
  house.llm.otherwise(stall('…'));
  const sendTwelve = async (person: Person) => {
    const conversations = await Promise.all(Array.from({ length: 12 }, () => person.createConversation()));
    const sent = conversations.map((conversationId) => person.ask(SEND, { input: { conversationId, text: 'hi' } }));
    return (await Promise.all(sent)).map(({ errors }) => errors?.[0]?.extensions.code ?? 'started').toSorted();
  };

  const outcomes = await Promise.all([sendTwelve(bob), sendTwelve(eve)]);

  const expected = [...Array<string>(9).fill('LIMIT_EXCEEDED'), ...Array<string>(3).fill('started')];
  expect(outcomes).toEqual([expected, expected]);
  await house.close();
});

it('takes one message that is sent many times at once for one run, also at the limit', async () => {
  const house = await openHouse({ env: { RUNS_PER_USER: '1' } });
  const bob = await house.join('bob');
  house.llm.otherwise(stall('…'));
  const input = { conversationId: await bob.createConversation(), text: 'hi', clientMessageId: 'once' };

  const sent = await Promise.all(
    Array.from({ length: 20 }, () => bob.get<{ sendMessage: { run: { id: string } } }>(SEND, { input })),
  );

  expect(new Set(sent.map(({ sendMessage }) => sendMessage.run.id)).size).toBe(1);
  await house.close();
});
