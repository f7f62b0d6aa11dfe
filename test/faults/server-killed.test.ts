import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AbruptReader, shownBy, TRANSPORTS } from '../kit/abrupt-reader.js';
import { ChildServer } from '../kit/child-server.js';
import { say, startFakeLlm, type FakeLlm, type Reply } from '../kit/fake-llm.js';
import type { Person } from '../kit/house.js';

const KILLS = 20;
/** Milliseconds; the long answer takes longer. */
const KILLED_WITHIN_MS = 2_000;
/** Milliseconds of streaming that a crash may cost. */
const MAX_LOSS_MS = 1_000;

const LONG = Array.from({ length: 600 }, (_, index) => `word${index}`).join(' ');
const SHORT = 'That is all.';

const answer: Reply = (response, request) => {
  const said = request.body.messages.at(-1)?.content;
  const reply = said === 'Talk for long' ? say(LONG, { everyMs: 4 }) : say(SHORT);
  return reply(response, request);
};

let llm: FakeLlm;
let server: ChildServer;
let ada: Person;
beforeAll(async () => {
  llm = await startFakeLlm();
  llm.otherwise(answer);
  server = await ChildServer.start({ VLLM_BASE_URL: llm.baseUrl, VLLM_MODEL: 'fake-1' });
  ada = await server.join();
});
afterAll(async () => {
  await server.close();
  await llm.close();
});

/** A message that the server has said it has. */
type Acknowledged = {
  readonly conversationId: string;
  readonly runId: string;
  readonly answerId: string;
  readonly text: string;
};

it(`loses no acknowledged message and misleads no reader, whenever it is killed (${KILLS} times)`, async () => {
  const conversationId = await ada.createConversation();
  for (let kill = 0; kill < KILLS; kill++) {
    const sent = await send(conversationId, 'Talk for long');
    const reader = new AbruptReader(ada, TRANSPORTS[kill % 2]!, { runId: sent.runId });
    const sending = sendUntilRefused();
    await sleep(Math.random() * KILLED_WITHIN_MS);
    await server.process.kill();
    const killedAt = performance.now();
    const acknowledged = await sending;
    expect((await reader.ended).how).toBe('cut');
    await server.process.start();

    for (const message of [sent, ...acknowledged]) await expectKept(message);
    await expectGoodReturn(sent, reader, killedAt);
    const next = await ada.turn(conversationId, 'And briefly?');
    expect(next.at(-1)).toMatchObject({ __typename: 'RunCompleted', message: { text: SHORT, status: 'COMPLETE' } });
  }
}, 300_000);

/** The reader comes back with what it saw last, with nothing, and with something in between: each time it ends up with what is stored. */
async function expectGoodReturn(
  { runId, answerId }: Acknowledged,
  { events, times }: AbruptReader,
  killedAt: number,
): Promise<void> {
  const stored = await readAnswer(answerId);
  const old = events.filter((_, index) => times[index]! < killedAt - MAX_LOSS_MS);
  expect(LONG.startsWith(stored)).toBe(true);
  expect(stored.length).toBeGreaterThanOrEqual(shownBy(old).length);

  const somewhere = Math.floor(Math.random() * events.length);
  for (const seen of [events, [], events.slice(0, somewhere)]) {
    const after = seen.at(-1)?.seq ?? 0;
    const back = new AbruptReader(ada, 'WebSocket', { runId, after });
    expect((await back.ended).how).toBe('complete');
    expect(back.events.map(({ __typename }) => __typename)).toEqual(['RunSnapshot', 'RunInterrupted']);
    expect(back.events[0]!.seq).toBeGreaterThan(after);
    expect(back.events[1]).toMatchObject({
      seq: back.events[0]!.seq + 1,
      message: { text: stored, status: 'PARTIAL' },
    });
    expect(shownBy([...seen, ...back.events])).toBe(stored);
  }
}

async function readAnswer(answerId: string): Promise<string> {
  const query = 'query ($answerId: ID!) { node(id: $answerId) { ... on Message { text status } } }';
  const { node } = await ada.get<{ node: { text: string; status: string } }>(query, { answerId });
  expect(node.status).toBe('PARTIAL');
  return node.text;
}

async function expectKept({ conversationId, runId, text }: Acknowledged): Promise<void> {
  const { conversation, run } = await ada.get<{
    conversation: {
      activeRun: unknown;
      messages: { nodes: { role: string; text: string; run: { id: string } | null }[] };
    };
    run: { status: string };
  }>(
    `query ($conversationId: ID!, $runId: ID!) {
      conversation(id: $conversationId) { activeRun { id } messages(last: 100) { nodes { role text run { id } } } }
      run(id: $runId) { status }
    }`,
    { conversationId, runId },
  );
  const ofRun = conversation.messages.nodes.filter((message) => message.role === 'USER' && message.run?.id === runId);
  expect(ofRun).toEqual([{ role: 'USER', text, run: { id: runId } }]);
  expect(conversation.activeRun).toBeNull();
  expect(['COMPLETED', 'INTERRUPTED']).toContain(run.status);
}

async function send(conversationId: string, text: string): Promise<Acknowledged> {
  const { sendMessage } = await ada.get<{ sendMessage: { run: { id: string }; answerId: string } }>(
    'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } answerId } }',
    { input: { conversationId, text } },
  );
  return { conversationId, runId: sendMessage.run.id, answerId: sendMessage.answerId, text };
}

/** Goes on sending messages in new conversations until the server is gone. */
async function sendUntilRefused(): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  try {
    for (;;) acknowledged.push(await send(await ada.createConversation(), `Message ${acknowledged.length}`));
  } catch (error) {
    if (error instanceof TypeError) return acknowledged;
    throw error;
  }
}
