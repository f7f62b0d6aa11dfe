import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AbruptReader } from '../kit/abrupt-reader.js';
import { ChildServer } from '../kit/child-server.js';
import { say, sayForever, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import { cpuMsOf, TELLS_USAGE } from '../kit/process-usage.js';
import { openSignedIn, subscribeMessage, type RawSocket } from '../kit/raw-socket.js';

const OPEN_FILES = 256;
/** More than it has descriptors for. */
const CALLERS = 300;
/** Milliseconds within which it must take connections again once others have closed. */
const BACK_WITHIN_MS = 5_000;

/** Events of a stream during which it is watched, and the milliseconds between two. */
const EVENTS = 100;
const EVENT_EVERY_MS = 20;
/** The share of one core that it may use meanwhile: it would use a whole one to accept in vain. */
const MAX_CORE_SHARE = 0.5;

let llm: FakeLlm;
let server: ChildServer;
beforeAll(async () => {
  llm = await startFakeLlm();
  const env = { VLLM_BASE_URL: llm.baseUrl, VLLM_MODEL: 'fake-1', LOG_LEVEL: 'warn' };
  server = await ChildServer.start(env, { openFiles: OPEN_FILES });
});
afterAll(async () => {
  await server.close();
  await llm.close();
});

it.runIf(TELLS_USAGE)(
  'with too few descriptors for all who call: refuses them, says so, goes on with what it has begun and begins more, and takes calls again once others end',
  { timeout: 60_000 },
  async () => {
    const ada = await server.join();
    const [long, short] = [await ada.createConversation(), await ada.createConversation()];
    llm.script([sayForever('on ', EVENT_EVERY_MS), say('Yes.')]);
    const message = { conversationId: long, text: 'Hello', clientMessageId: 'full' };
    const reader = new AbruptReader(ada, 'WebSocket', { message });
    const { runId } = await reader.first(({ __typename }) => __typename === 'TextDelta');
    const socket = await openSignedIn(server.url, ada.token);

    const callers = Array.from({ length: CALLERS }, call);
    await expect.poll(() => callers.some(({ destroyed }) => destroyed)).toBe(true);
    expect(await isServed()).toBe(false);
    expect(await coreShareDuring(() => nextEvents(reader))).toBeLessThan(MAX_CORE_SHARE);
    expect(await turnOn(socket, short)).toBe('Yes.');
    expect(server.process.said).toContain('connections are refused');

    for (const caller of callers) caller.destroy();
    await expect.poll(isServed, { timeout: BACK_WITHIN_MS }).toBe(true);
    await ada.get('mutation ($runId: ID!) { cancelRun(runId: $runId) { id } }', { runId });
    expect((await reader.ended).how).toBe('complete');
    expect(reader.events.map(({ seq }) => seq)).toEqual(reader.events.map((_, index) => index + 1));
  },
);

/** Somebody who calls and says nothing. */
function call(): Socket {
  return connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {});
}

/** Whether a new connection is taken, and answered. */
async function isServed(): Promise<boolean> {
  const caller = call();
  let answer = '';
  caller.on('data', (text) => (answer += String(text)));
  caller.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await new Promise((resolve) => caller.once('close', resolve));
  return answer.startsWith('HTTP/1.1 200');
}

async function nextEvents(reader: AbruptReader): Promise<void> {
  const seen = reader.events.length;
  await reader.first((_, index) => index > seen + EVENTS);
}

/** The share of one core that the server uses meanwhile. */
async function coreShareDuring(work: () => Promise<void>): Promise<number> {
  const [cpuMs, startedAt] = [cpuMsOf(server.process.pid), performance.now()];
  await work();
  return (cpuMsOf(server.process.pid) - cpuMs) / (performance.now() - startedAt);
}

/** What the model answers to a message that is sent over a socket which is open already. */
async function turnOn(socket: RawSocket, conversationId: string): Promise<string> {
  const message = `{ conversationId: "${conversationId}", text: "Are you there?", clientMessageId: "there" }`;
  socket.send(
    subscribeMessage(
      '1',
      `subscription { chatStream(message: ${message}) { ... on RunCompleted { message { text } } ... on RunFailed { error { code } } } }`,
    ),
  );
  for (;;) {
    const { type, payload } = (await socket.next()) as {
      type: string;
      payload?: { data?: { chatStream: { message?: { text: string } } } };
    };
    const text = payload?.data?.chatStream.message?.text;
    if (text !== undefined) return text;
    if (type !== 'next') throw new Error(JSON.stringify(payload));
  }
}
