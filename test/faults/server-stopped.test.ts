import { afterEach, beforeEach, expect, it } from 'vitest';
import { AbruptReader, shownBy } from '../kit/abrupt-reader.js';
import { ChildEngine, ChildServer } from '../kit/child-server.js';
import { say, sayForever, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import { collect } from '../kit/house.js';
import { openSignedIn, subscribeMessage } from '../kit/raw-socket.js';

const GOING_AWAY = 1001;
const MAX_STOP_MS = 20_000;

let llm: FakeLlm;
let server: ChildServer;
beforeEach(async () => {
  llm = await startFakeLlm();
});
afterEach(async () => {
  await server.close();
  await llm.close();
});

const start = async (graceSeconds: number) => {
  const model = { VLLM_BASE_URL: llm.baseUrl, VLLM_MODEL: 'fake-1' };
  server = await ChildServer.start({ ...model, SHUTDOWN_GRACE_SECONDS: `${graceSeconds}` });
  const ada = await server.join();
  return { ada, conversationId: await ada.createConversation() };
};

it('lets a run that is under way end, closes its socket with 1001, and exits with 0', async () => {
  const { ada, conversationId } = await start(10);
  const text = Array.from({ length: 100 }, (_, index) => `word${index}`).join(' ');
  llm.script([say(text, { everyMs: 10 })]);
  const message = { conversationId, text: 'Hello', clientMessageId: 'stop-1' };
  const reader = new AbruptReader(ada, 'WebSocket', { message }).stayOpen();
  await reader.first(({ __typename }) => __typename === 'TextDelta');

  const exitCode = await server.process.end();

  expect(exitCode).toBe(0);
  expect(await reader.ended).toMatchObject({ how: 'complete', closeCode: GOING_AWAY });
  expect(reader.events.at(-1)).toMatchObject({ __typename: 'RunCompleted', message: { text } });
  expect(shownBy(reader.events)).toBe(text);
});

it('interrupts a run that does not end in time, keeps what it wrote, and knows its sessions after the next start', async () => {
  const { ada, conversationId } = await start(1);
  llm.script([sayForever('on ', 10)]);
  const message = { conversationId, text: 'Hello', clientMessageId: 'stop-2' };
  const reader = new AbruptReader(ada, 'WebSocket', { message }).stayOpen();
  await reader.first(({ __typename }) => __typename === 'TextDelta');

  const askedAt = performance.now();
  const exitCode = await server.process.end();

  expect(exitCode).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(MAX_STOP_MS);
  expect(await reader.ended).toMatchObject({ how: 'complete', closeCode: GOING_AWAY });
  const shown = shownBy(reader.events);
  expect(reader.events.at(-1)).toMatchObject({
    __typename: 'RunInterrupted',
    message: { text: shown, status: 'PARTIAL' },
  });

  await server.process.start();
  const { conversation } = await ada.get<{ conversation: { messages: { nodes: object[] } } }>(
    'query ($id: ID!) { conversation(id: $id) { messages { nodes { text status run { status } } } } }',
    { id: conversationId },
  );
  expect(conversation.messages.nodes).toEqual([
    { text: 'Hello', status: 'COMPLETE', run: { status: 'INTERRUPTED' } },
    { text: shown, status: 'PARTIAL', run: { status: 'INTERRUPTED' } },
  ]);
  llm.script([say('Here again.')]);
  expect((await ada.turn(conversationId, 'Still there?')).at(-1)).toMatchObject({ __typename: 'RunCompleted' });
});

it('takes no new message while it stops, and says that it can be sent again', async () => {
  const { ada, conversationId } = await start(10);
  const other = await ada.createConversation();
  llm.script([say('one two three four five six', { everyMs: 500 })]);
  const socket = await openSignedIn(server.url, ada.token);
  socket.send(subscribeMessage('talk', chat(conversationId)));
  const answerTo = async (id: string) => {
    for (;;) {
      const message = (await socket.next()) as { id: string; type: string; payload: unknown };
      if (message.id === id) return message;
    }
  };
  await answerTo('talk');

  const ended = server.process.end();
  await untilRefused(() => fetch(`${server.url}/livez`));
  socket.send(
    subscribeMessage(
      'late',
      `mutation { sendMessage(input: { conversationId: "${other}", text: "Too late" }) { answerId } }`,
    ),
  );

  expect(await answerTo('late')).toMatchObject({
    type: 'next',
    payload: { data: null, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE', isRetryable: true } }] },
  });
  expect(await ended).toBe(0);
});

const chat = (conversationId: string): string =>
  `subscription { chatStream(message: { conversationId: "${conversationId}", text: "Hello", clientMessageId: "stop-3" }) { seq } }`;

async function untilRefused(ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await ask();
    } catch {
      return;
    }
  }
}

it(
  'is gone within 20 s even while the database does not answer, and what it could not keep is recovered',
  { timeout: 90_000 },
  async () => {
    const engine = await ChildEngine.start();
    const model = { VLLM_BASE_URL: llm.baseUrl, VLLM_MODEL: 'fake-1' };
    server = await ChildServer.start({ ...model, MONGO_URL: engine.url, SHUTDOWN_GRACE_SECONDS: '1' });
    const ada = await server.join();
    const conversationId = await ada.createConversation();
    llm.script([sayForever('on ', 10)]);
    const message = { conversationId, text: 'Hello', clientMessageId: 'stop-4' };
    const reader = new AbruptReader(ada, 'WebSocket', { message }).stayOpen();
    const { runId } = await reader.first(({ __typename }) => __typename === 'TextDelta');
    await engine.process.freeze();

    const askedAt = performance.now();
    const exitCode = await server.process.end();

    expect(exitCode).toBe(1);
    expect(performance.now() - askedAt).toBeLessThan(MAX_STOP_MS);
    engine.process.thaw();
    await server.process.start();
    const events = await collect(ada.chat({ runId: runId as string }));
    expect(events.at(-1)).toMatchObject({ __typename: 'RunInterrupted' });
    await engine.close();
  },
);
