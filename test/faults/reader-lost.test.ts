import { afterAll, beforeAll, expect, it } from 'vitest';
import { AbruptReader, isTerminal, shownBy, TRANSPORTS } from '../kit/abrupt-reader.js';
import { callTool, say, type Reply } from '../kit/fake-llm.js';
import type { StreamedEvent } from '../kit/chat-stream.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';

const RUNS = 100;
const SIDE_BY_SIDE = 10;
const TEXT = Array.from({ length: 60 }, (_, index) => `낱말${index}`).join(' ');

/** Thinks, looks at the clock, and then speaks. */
const answer: Reply = (response, request) => {
  const hasLooked = request.body.messages.at(-1)?.role === 'tool';
  const reply = hasLooked
    ? say(TEXT, { everyMs: 1 })
    : callTool('time_now', {}, { reasoning: '몇 시일까?', everyMs: 1 });
  return reply(response, request);
};

let house: RunningHouse;
let ada: Person;
beforeAll(async () => {
  house = await openHouse();
  house.llm.otherwise(answer);
  ada = await house.join();
});
afterAll(() => house.close());

it(`gives readers who are killed at any event the rest by "after": each event once, in order, over either transport (${RUNS} runs)`, async () => {
  let kills = 0;
  for (let run = 0; run < RUNS; run += SIDE_BY_SIDE) {
    const read = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, (_, index) => readWithKills(run + index)));
    for (const { events, killed, stored } of read) {
      kills += killed;
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted', message: { text: TEXT } });
      expect(shownBy(events)).toBe(TEXT);
      expect(stored).toBe(TEXT);
      expect(killed).toBeGreaterThan(0);
    }
  }
  expect(kills).toBeGreaterThanOrEqual(RUNS);
}, 120_000);

/** Reads a run by readers who are killed one after the other, each after a few events, until one sees its end. */
async function readWithKills(run: number): Promise<{ events: StreamedEvent[]; killed: number; stored: string }> {
  const conversationId = await ada.createConversation();
  const message = { conversationId, text: 'What time is it?', clientMessageId: `kills-${run}` };
  const events: StreamedEvent[] = [];
  let killed = 0;
  for (;;) {
    const after = events.at(-1);
    const wanted = 1 + Math.floor(Math.random() * (after ? 60 : 20));
    const variables = after ? { runId: after['runId'] as string, after: after.seq } : { message };
    const reader = new AbruptReader(ada, TRANSPORTS[(run + killed) % 2]!, variables);
    await reader.first((event, index) => index + 1 === wanted || isTerminal(event));
    reader.vanish();
    events.push(...reader.events);
    if (isTerminal(events.at(-1)!)) break;
    killed += 1;
  }
  return { events, killed, stored: await storedAnswer(conversationId) };
}

async function storedAnswer(conversationId: string): Promise<string> {
  const { conversation } = await ada.get<{ conversation: { messages: { nodes: { text: string }[] } } }>(
    'query ($id: ID!) { conversation(id: $id) { messages(last: 1) { nodes { text } } } }',
    { id: conversationId },
  );
  return conversation.messages.nodes[0]!.text;
}
