import { afterAll, beforeAll, expect, it } from 'vitest';
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

it('frees what a killed server had reserved, and counts what it had put on record', async () => {
  const set = 'mutation ($input: SetBudgetInput!) { setBudget(input: $input) { maxTokens } }';
  const conversationId = await ada.createConversation();
  llm.otherwise(say('That is all.'));
  await ada.turn(conversationId, 'hi');
  await ada.get(set, { input: { userId: ada.id, maxTokens: 3_500 } });
  expect(await budget()).toEqual({ spent: { tokens: 15 }, reserved: { tokens: 0 } });

  llm.otherwise(stall('Once upon a time'));
  const send = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }';
  await ada.get(send, { input: { conversationId, text: 'A story, please.' } });
  await llm.request(2);
  const { reserved } = await budget();
  await server.crash();

  expect(reserved.tokens).toBeGreaterThan(1_750);
  expect((await budget()).reserved).toEqual(reserved);
  llm.otherwise(say('That is all.'));
  const events = await ada.turn(conversationId, 'And briefly?');
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted' });
  expect(await budget()).toEqual({ spent: { tokens: 30 }, reserved: { tokens: 0 } });
});
