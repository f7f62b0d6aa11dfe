import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shownBy } from '../kit/abrupt-reader.js';
import { CHAT_STREAM } from '../kit/chat-stream.js';
import { ChildServer } from '../kit/child-server.js';
import { callTool, say, startFakeLlm, type FakeLlm, type Reply } from '../kit/fake-llm.js';
import { importFile } from '../kit/files.js';
import type { Person } from '../kit/house.js';
import { untilAnswered } from '../kit/outage.js';
import { pdfOf } from '../kit/pdf.js';
import { cpuMsOf, ownBytesOf, TELLS_USAGE } from '../kit/process-usage.js';
import { openSignedIn, type RawSocket } from '../kit/raw-socket.js';

const MIB = 1024 * 1024;
const HEAP_MIB = 512;
/** What it may hold more than at its start once it has been idle for {@link IDLE_MS} at most. */
const MAX_GROWTH = 150 * MIB;
/**
 * V8 collects what nobody holds at its leisure: within a minute where the machine is idle too, and where other tests keep it busy, 100 s after it last did.
 * What is held is a fifth of what may be; the rest is garbage.
 */
const IDLE_MS = 120_000;
/** How much more of the processor a plain query may take afterwards: what is measured is not exact. */
const MAX_SLOWER = 2;
/** Queries of which the cost is taken together, since the processor's time is told in steps of 10 ms; and how often. */
const QUERIES = 250;
const COSTED_TIMES = 4;

/** In which all is searchable that was said, however busy the machine. */
const SEARCHABLE_WITHIN_MS = 60_000;

const PEOPLE = 8;
const TURNS_EACH = 20;
const TURNS_A_CONVERSATION = 10;

const BIG_MESSAGE = 'What time is it? '.repeat(1_000);
const LONG = Array.from({ length: 400 }, (_, index) => `낱말${index}`).join(' ');
/** A megabyte, nearly, which is the most that one answer may have. */
const HUGE = Array.from({ length: 240 }, () => 'x'.repeat(4_000)).join(' ');

/** Looks at the clock before it answers at length. */
const answer: Reply = (response, request) => {
  const last = request.body.messages.at(-1);
  const reply = last?.content === 'Talk without end' ? say(HUGE) : callTool('time_now', {});
  return (last?.role === 'tool' ? say(LONG) : reply)(response, request);
};

let llm: FakeLlm;
let server: ChildServer;
beforeAll(async () => {
  llm = await startFakeLlm();
  llm.otherwise(answer);
  const env = { VLLM_BASE_URL: llm.baseUrl, VLLM_MODEL: 'fake-1', LOG_LEVEL: 'error' };
  server = await ChildServer.start(env, { heapMib: HEAP_MIB });
});
afterAll(async () => {
  await server.close();
  await llm.close();
});

it.runIf(TELLS_USAGE)(
  `with a heap of ${HEAP_MIB} MiB: does everything that is asked for by many at once, then lets go of what it took, and is as fast`,
  { timeout: 300_000 },
  async () => {
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => server.join()));
    const asker = await server.join();
    await workFor(people.slice(0, 1), 1);
    const costBefore = await costOfQueries(asker);
    const bytesBefore = ownBytesOf(server.process.pid);

    await workFor(people, TURNS_EACH);

    const growth = () => ownBytesOf(server.process.pid) - bytesBefore;
    await expect.poll(growth, { timeout: IDLE_MS, interval: 1_000 }).toBeLessThan(MAX_GROWTH);
    expect(await costOfQueries(asker)).toBeLessThan(MAX_SLOWER * costBefore);
    expect(server.process.said).not.toContain('"level":"error"');
  },
);

/** All kinds of work side by side, by each of these people. */
async function workFor(people: readonly Person[], turns: number): Promise<void> {
  const [one] = people;
  await Promise.all([
    ...people.map((person) => chat(person, turns)),
    ...people.map((person) => keepAndFind(person, Math.ceil(turns / 5))),
    ...people.map((person) => askAndNeverRead(person)),
    one && importReport(one),
    talkNonsense(turns),
  ]);
}

async function chat(person: Person, turns: number): Promise<void> {
  let conversationId = '';
  for (let turn = 0; turn < turns; turn++) {
    if (turn % TURNS_A_CONVERSATION === 0) conversationId = await person.createConversation();
    const events = await person.turn(conversationId, BIG_MESSAGE);
    expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted' });
    expect(shownBy(events)).toBe(LONG);
  }
}

async function keepAndFind(person: Person, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const inputs = Array.from({ length: 20 }, (_, entry) => ({
      category: 'code',
      title: `Entry ${round}.${entry}`,
      content: `리스트를 정렬하는 방법 ${round}.${entry}. `.repeat(60),
    }));
    await person.get(
      'mutation ($inputs: [CreateArchiveEntryInput!]!) { createArchiveEntries(inputs: $inputs) { id } }',
      { inputs },
    );
    const { searchArchive: found } = await person.get<{ searchArchive: object[] }>(
      '{ searchArchive(query: "정렬", first: 20) { entry { id content } } }',
    );
    expect(found).toHaveLength(20);
    // A busy machine may still be making searchable what was said, which it tells: then it is asked again.
    await untilAnswered(SEARCHABLE_WITHIN_MS, () =>
      person.get('{ searchConversations(text: "낱말7") { nodes { conversation { id } } } }'),
    );
  }
}

/** Follows a long answer many times over one socket, and reads nothing of it. The socket is left as it is. */
async function askAndNeverRead(person: Person): Promise<RawSocket> {
  const input = { conversationId: await person.createConversation(), text: 'Talk without end' };
  const { sendMessage } = await person.get<{ sendMessage: { run: { id: string } } }>(
    'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }',
    { input },
  );
  const socket = await openSignedIn(server.url, person.token);
  socket.ws.pause();
  const payload = { query: CHAT_STREAM, variables: { runId: sendMessage.run.id, after: 0 } };
  for (let id = 1; id <= 40; id++) socket.send({ id: `${id}`, type: 'subscribe', payload });
  return socket;
}

async function importReport(person: Person): Promise<void> {
  const pages = Array.from(
    { length: 200 },
    (_, page) => `# Page ${page}\n${'Sorting puts things in order.\n'.repeat(30)}`,
  );
  const file = { fileName: 'report.pdf', mediaType: 'application/pdf', content: pdfOf(pages) };
  expect(await importFile(person, file)).toMatchObject({ status: 'SUCCEEDED', done: pages.length });
}

/** Sends what no client of good will sends; nothing of it may be answered with a fault. */
async function talkNonsense(rounds: number): Promise<void> {
  const bodies = [
    '{',
    '[]',
    'x'.repeat(250_000),
    ...['{'.repeat(5_000), `{ ${'me '.repeat(5_000)} }`].map((query) => JSON.stringify({ query })),
  ];
  for (let round = 0; round < rounds; round++) {
    for (const body of bodies) {
      const headers = { 'content-type': 'application/json', authorization: 'Bearer of nothing' };
      const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
      expect(response.status).toBeLessThan(500);
      await response.arrayBuffer();
    }
    const caller = connect(Number(new URL(server.url).port), '127.0.0.1');
    caller.on('error', () => {});
    caller.end(crypto.getRandomValues(new Uint8Array(60_000)));
    // Not `once`, which takes it for a failure that the connection is reset.
    await new Promise((resolve) => caller.resume().on('close', resolve));
  }
}

/**
 * Milliseconds of the processor that {@link QUERIES} plain queries take: unlike the time until they are answered, others on this machine change little in it.
 * The least of several times, since the server compiles and tidies up meanwhile.
 */
async function costOfQueries(person: Person): Promise<number> {
  const costs: number[] = [];
  for (let time = 0; time < COSTED_TIMES; time++) {
    const before = cpuMsOf(server.process.pid);
    for (let asked = 0; asked < QUERIES; asked++) await person.get('{ me { id } }');
    costs.push(cpuMsOf(server.process.pid) - before);
  }
  return Math.min(...costs);
}
