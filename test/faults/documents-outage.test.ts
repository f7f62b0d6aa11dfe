import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AbruptReader, shownBy } from '../kit/abrupt-reader.js';
import { ChildEngine, ChildServer } from '../kit/child-server.js';
import { say, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import type { Person } from '../kit/house.js';
import { outagesOf, untilAnswered } from '../kit/outage.js';

const OUTAGE_MS = 8_000;
/** Milliseconds within which a request must be refused while the database is away. */
const REFUSED_WITHIN_MS = 5_000;
/** Milliseconds within which all must work once it is back. */
const BACK_WITHIN_MS = 5_000;

/** Streams for about two seconds. */
const TEXT = Array.from({ length: 100 }, (_, index) => `word${index}`).join(' ');

let llm: FakeLlm;
let engine: ChildEngine;
let server: ChildServer;
let ada: Person;
beforeAll(async () => {
  llm = await startFakeLlm();
  engine = await ChildEngine.start();
  server = await ChildServer.start({ MONGO_URL: engine.url, VLLM_BASE_URL: llm.baseUrl, VLLM_MODEL: 'fake-1' });
  ada = await server.join();
});
afterAll(async () => {
  await server.close();
  await engine.close();
  await llm.close();
});

it.each(outagesOf(() => engine.process))(
  'while the database is away ($how): refuses by name, stays alive, and stores a turn that ends meanwhile when it is back',
  async (outage) => {
    const conversationId = await ada.createConversation();
    llm.script([say(TEXT, { everyMs: 20 })]);
    const message = { conversationId, text: 'Hello', clientMessageId: outage.how };
    const reader = new AbruptReader(ada, 'WebSocket', { message });
    await reader.first(({ __typename }) => __typename === 'TextDelta');

    await outage.begin();
    const endsAt = performance.now() + OUTAGE_MS;
    await Promise.all([expectRefusal(conversationId), expectRefusal(conversationId)]);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    await untilReadinessIs(503);
    await sleep(endsAt - performance.now());
    expect(shownBy(reader.events)).toBe(TEXT);
    expect(reader.events.at(-1)?.__typename).toBe('TextDelta');
    await outage.end();
    const backAt = performance.now();

    expect((await reader.ended).how).toBe('complete');
    expect(reader.events.at(-1)).toMatchObject({
      __typename: 'RunCompleted',
      message: { text: TEXT, status: 'COMPLETE' },
    });
    llm.script([say('Here again.')]);
    const next = await ada.turn(conversationId, 'Still there?');
    expect(next.at(-1)).toMatchObject({ __typename: 'RunCompleted', message: { text: 'Here again.' } });
    expect(performance.now() - backAt).toBeLessThan(BACK_WITHIN_MS);
    expect(await textsOf(conversationId)).toEqual(['Hello', TEXT, 'Still there?', 'Here again.']);
    await untilReadinessIs(200);
  },
  60_000,
);

async function expectRefusal(conversationId: string): Promise<void> {
  const askedAt = performance.now();
  const { errors } = await ada.ask('query ($id: ID!) { conversation(id: $id) { title } }', { id: conversationId });
  expect(errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE', isRetryable: true } }]);
  expect(performance.now() - askedAt).toBeLessThan(REFUSED_WITHIN_MS + 500);
}

/** What is told of readiness may be a moment old. */
function untilReadinessIs(status: number): Promise<void> {
  return untilAnswered(BACK_WITHIN_MS, async () => {
    const ready = await fetch(`${server.url}/readyz`);
    if (ready.status !== status) throw new Error(`It is ${ready.status}.`);
  });
}

async function textsOf(conversationId: string): Promise<string[]> {
  const { conversation } = await ada.get<{ conversation: { messages: { nodes: { text: string }[] } } }>(
    'query ($id: ID!) { conversation(id: $id) { messages { nodes { text } } } }',
    { id: conversationId },
  );
  return conversation.messages.nodes.map(({ text }) => text);
}
