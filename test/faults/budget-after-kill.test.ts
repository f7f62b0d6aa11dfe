import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ChildServer } from '../kit/child-server.js';
import { say, stall, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import type { Person } from '../kit/house.js';

let llm: FakeLlm;
let server: ChildServer;
let ada: Person;
beforeAll(async () => {
  llm = await startFakeLlm();
  server = await ChildServer.start({ VLLM_BASE_URL: llm.baseUrl, VLLM_MODEL: 'fake-1', VLLM_MAX_TOKENS: '1000' });
  ada = await server.join();
});
afterAll(async () => {
  await server.close();
  await llm.close();
});

const budget = async () => {
  const query = '{ budget { spent { tokens } reserved { tokens } } }';
  return (await ada.get<{ budget: { spent: { tokens: number }; reserved: { tokens: number } } }>(query)).budget;
};

const lastText = async (conversationId: string) => {
  const query = 'query ($id: ID!) { conversation(id: $id) { messages { nodes { text } } } }';
  type Found = { conversation: { messages: { nodes: { text: string }[] } } };
  return (await ada.get<Found>(query, { id: conversationId })).conversation.messages.nodes.at(-1)?.text;
};

const tokensOf = async (conversationId: string) => {
  const query = 'query ($id: ID!) { conversation(id: $id) { usage { totalTokens isEstimated } } }';
  return (await ada.get<{ conversation: { usage: object } }>(query, { id: conversationId })).conversation.usage;
};

it('frees what a killed server had reserved, and counts what it had put on record, or saved of the answer', async () => {
  const set = 'mutation ($input: SetBudgetInput!) { setBudget(input: $input) { maxTokens } }';
  const conversationId = await ada.createConversation();
  llm.otherwise(say('That is all.'));
  await ada.turn(conversationId, 'hi');
  await ada.get(set, { input: { userId: ada.id, maxTokens: 4_500 } });
  expect(await budget()).toEqual({ spent: { tokens: 15 }, reserved: { tokens: 0 } });

  llm.otherwise(stall('Once upon a time'));
  const send = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }';
  await ada.get(send, { input: { conversationId, text: 'A story, please.' } });
  await llm.request(2);
  await vi.waitFor(async () => expect(await lastText(conversationId)).toBe('Once upon a time'), 10_000);
  const { reserved } = await budget();
  await server.crash();

  expect(reserved.tokens).toBeGreaterThan(2_250);
  expect((await budget()).reserved).toEqual(reserved);
  llm.otherwise(say('That is all.'));
  const events = await ada.turn(conversationId, 'And briefly?');
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted' });
  const { spent, ...rest } = await budget();
  expect(rest).toEqual({ reserved: { tokens: 0 } });
  expect(spent.tokens).toBeGreaterThan(30 + 800);
  expect(await tokensOf(conversationId)).toEqual({ totalTokens: spent.tokens, isEstimated: true });
});
