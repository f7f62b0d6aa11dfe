import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RunEvent } from '../../src/sdk/chat.js';
import { createTomato, type Tomato } from '../../src/sdk/client.js';
import { emptyTurn, withEvent } from '../../src/sdk/turn.js';
import { callTools, say } from '../kit/fake-llm.js';
import { collect, openHouse, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let tomato: Tomato;
beforeAll(async () => {
  house = await openHouse();
  tomato = createTomato({ url: house.url, token: (await house.join('ada')).token, webSocket: WebSocket });
});
afterAll(async () => {
  await tomato.close();
  await house.close();
});

/** Thinks, writes, calls two tools, thinks without an answer, is asked again, and answers. */
async function eventfulRun(): Promise<RunEvent[]> {
  const calls = ['UTC', 'Nowhere'].map((timeZone) => ({ name: 'time_now', args: { timeZone } }));
  house.llm.script([
    callTools(calls, { reasoning: 'Which zone?', text: 'Let me look. ' }),
    say('', { reasoning: 'Perhaps.' }),
    say('It is late.', { reasoning: 'Again.' }),
  ]);
  const { createConversation } = await tomato.createConversation({ input: {} });
  return collect(tomato.chat({ conversationId: createConversation.id, text: 'What time is it?' }));
}

const turnOf = (events: readonly RunEvent[]) => events.reduce(withEvent, emptyTurn);

it('is, before it has ended, what its message holds in the end', async () => {
  const events = await eventfulRun();
  const [start, end] = [events.at(0), events.at(-1)];
  if (start?.__typename !== 'RunStarted' || end?.__typename !== 'RunCompleted') throw new Error('not as expected');

  const before = turnOf(events.slice(0, -1));

  expect(events.map(({ __typename }) => __typename)).toContain('StepReset');
  expect(before.parts).toEqual(end.message.parts);
  expect(before.parts.map(({ __typename }) => __typename)).toEqual([
    'ReasoningPart',
    'TextPart',
    'ToolCallPart',
    'ToolCallPart',
    'ReasoningPart',
    'TextPart',
  ]);
  expect([before.runId, before.userMessage, before.end]).toEqual([start.runId, start.userMessage, null]);
  expect(turnOf(events)).toEqual({ ...before, end, seq: end.seq });
});

it('takes each event once, however often and from wherever they come again', async () => {
  const events = await eventfulRun();

  const repeated = events.flatMap((_, place) => events.slice(0, place + 1));

  expect(turnOf(repeated)).toEqual(turnOf(events));
});

it('goes on from a snapshot: what is void after it is what came after the last tool call', async () => {
  const events = await eventfulRun();
  const reset = events.findIndex(({ __typename }) => __typename === 'StepReset');
  const end = events.at(-1);
  if (reset < 0 || end?.__typename !== 'RunCompleted') throw new Error('not as expected');
  const { runId, seq, at } = events[reset - 1]!;
  const message = { ...end.message, parts: turnOf(events.slice(0, reset)).parts };
  const snapshot: RunEvent = { __typename: 'RunSnapshot', runId, seq, at, lastSeq: seq, message };

  const late = turnOf([snapshot, ...events.slice(reset)]);

  expect(late).toEqual({ ...turnOf(events), userMessage: null });
});
