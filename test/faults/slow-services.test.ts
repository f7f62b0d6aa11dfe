import { afterAll, beforeAll, expect, it } from 'vitest';
import { shownBy } from '../kit/abrupt-reader.js';
import { ChildEngine, ChildServer } from '../kit/child-server.js';
import { say, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import { mongoCommands, redisCommands, type Tally } from '../kit/overheard.js';
import { describeOverOwnRedis } from '../kit/redis-server.js';
import { startSlowProxy, type SlowProxy } from '../kit/slow-proxy.js';
import { percentile, timeOf } from '../kit/timing.js';

/** Milliseconds from a question to its answer, as if both services were on another continent. */
const ROUND_TRIP_MS = 400;
/** How many times its round trips an operation may take: connections are made first, and others wait as well. */
const MAX_FACTOR = 3;

const USERS = 20;
/** More at once than a rush of users makes, fewer than are refused. */
const CROWD = 100;

const TEXT = Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ');
const WORD_EVERY_MS = 20;

/** The questions that each of these asks one after the other, its session's included. */
const ROUND_TRIPS = {
  register: 4,
  me: 2,
  createConversation: 6,
  turn: 14,
  conversation: 4,
  conversations: 2,
  searchConversations: 8,
  createArchiveEntry: 8,
  searchArchive: 7,
} as const;

type Operation = keyof typeof ROUND_TRIPS;
/** Milliseconds that each took. */
type Times = ReadonlyMap<Operation, readonly number[]>;

/** What is asked as time goes by: for work that somebody lost, for a living connection, to keep what is written so far, and because it is remembered for a moment only. */
const ASKED_BY_THE_CLOCK: ReadonlySet<string> = new Set([
  'find runs',
  'findAndModify jobs',
  'ping',
  'hello',
  'update runs',
  'update messages',
  'find models',
  'find default_models',
  'find providers',
]);
const ASKED_A_SECOND = 2;

describeOverOwnRedis(`with ${ROUND_TRIP_MS} ms to MongoDB and to Redis`, (redis) => {
  let llm: FakeLlm;
  let engine: ChildEngine;
  let proxies: SlowProxy[];
  let server: ChildServer;
  const commands: Tally = new Map();
  beforeAll(async () => {
    llm = await startFakeLlm();
    llm.otherwise(say(TEXT, { everyMs: WORD_EVERY_MS }));
    engine = await ChildEngine.start();
    const redisPort = Number(new URL(redis.url().reveal()).port);
    const toMongo = await startSlowProxy({ to: engine.port, listen: () => mongoCommands(commands) });
    const toRedis = await startSlowProxy({ to: redisPort, listen: () => redisCommands(commands) });
    proxies = [toMongo, toRedis];
    server = await ChildServer.start({
      MONGO_URL: `mongodb://127.0.0.1:${toMongo.port}/tomato?directConnection=true`,
      REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
      VLLM_BASE_URL: llm.baseUrl,
      VLLM_MODEL: 'fake-1',
    });
  });
  afterAll(async () => {
    await server.close();
    for (const proxy of proxies) await proxy.close();
    await engine.close();
    await llm.close();
  });

  const moveServices = (roundTripMs: number): void => {
    for (const proxy of proxies) proxy.roundTripMs = roundTripMs;
  };

  it(
    `serves ${USERS} users at once without a refusal, and asks no more than with both nearby`,
    { timeout: 120_000 },
    async () => {
      const spend = async () => {
        commands.clear();
        const times = new Map<Operation, number[]>();
        const tookMs = await timeOf(() => crowd(USERS, () => spendDay(server, times)));
        return { times, tookMs, asked: new Map(commands) };
      };

      moveServices(0);
      const near = await spend();
      moveServices(ROUND_TRIP_MS);
      const far = await spend();

      expect(tooSlow(far.times)).toEqual([]);
      for (const [command, times] of far.asked) {
        const byTheClock = ASKED_BY_THE_CLOCK.has(command) ? (ASKED_A_SECOND * far.tookMs) / 1000 : 0;
        expect(times, command).toBeLessThanOrEqual(1.1 * (near.asked.get(command) ?? 0) + 2 + byTheClock);
      }
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    },
  );

  it(`answers ${CROWD} who ask at once, without letting some wait for the others`, async () => {
    moveServices(0);
    const ada = await server.join();
    moveServices(ROUND_TRIP_MS);
    const ask = () => ada.get('{ me { id } }');
    // The connections that they need are made by those who come first.
    for (let round = 0; round < 2; round++) await crowd(CROWD, ask);

    const times = await crowd(CROWD, () => timeOf(ask));

    expect(tooSlow(new Map([['me', times]]))).toEqual([]);
  });
});

/** Whatever a user does, in one day. */
async function spendDay(server: ChildServer, times: Map<Operation, number[]>): Promise<void> {
  const timed = async <T>(operation: Operation, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work();
    times.set(operation, [...(times.get(operation) ?? []), performance.now() - startedAt]);
    return result;
  };
  const user = await timed('register', () => server.join());
  const ask = (operation: Operation, query: string, variables = {}) =>
    timed(operation, () => user.get(query, variables));

  const id = await timed('createConversation', () => user.createConversation());
  const events = await timed('turn', () => user.turn(id, 'Hello'));
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted', message: { text: TEXT } });
  expect(shownBy(events)).toBe(TEXT);
  await Promise.all([
    ask('conversation', 'query ($id: ID!) { conversation(id: $id) { messages { nodes { text } } } }', { id }),
    ask('conversations', '{ conversations { nodes { id title } } }'),
    ask('searchConversations', '{ searchConversations(text: "word3") { nodes { conversation { id } } } }'),
    ask(
      'createArchiveEntry',
      'mutation ($input: CreateArchiveEntryInput!) { createArchiveEntry(input: $input) { id } }',
      {
        input: { category: 'doc', title: 'Far', summary: 'Far away', content: 'On another continent' },
      },
    ),
  ]);
  const found = await ask('searchArchive', '{ searchArchive(query: "continent") { entry { title } } }');
  expect(found).toEqual({ searchArchive: [{ entry: { title: 'Far' } }] });
}

/** What all but the slowest twentieth had to wait for too long. */
function tooSlow(times: Times): string[] {
  return [...times].flatMap(([operation, all]) => {
    const allowedMs = MAX_FACTOR * ROUND_TRIPS[operation] * ROUND_TRIP_MS;
    const p95 = percentile(all, 0.95);
    return p95 <= allowedMs ? [] : [`${operation}: ${Math.round(p95)} ms, of ${allowedMs}`];
  });
}

const crowd = <T>(size: number, act: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: size }, act));
