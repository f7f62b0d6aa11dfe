import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AbruptReader, shownBy, TRANSPORTS } from '../kit/abrupt-reader.js';
import { ChildEngine, ChildServer } from '../kit/child-server.js';
import { say, sayForever, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import { Person } from '../kit/house.js';
import { describeOverOwnRedis } from '../kit/redis-server.js';

/** Milliseconds within which somebody must take over what a lost server has left. */
const TAKE_OVER_MS = 15_000;

describeOverOwnRedis('two servers on one database and one Redis', (redis) => {
  let llm: FakeLlm;
  let engine: ChildEngine;
  let first: ChildServer;
  let second: ChildServer;
  /** The same user with the same session, on either server. */
  let onFirst: Person;
  let onSecond: Person;
  beforeAll(async () => {
    llm = await startFakeLlm();
    engine = await ChildEngine.start();
    const env = {
      MONGO_URL: engine.url,
      REDIS_URL: redis.url().reveal(),
      TOMATO_SECRET: randomBytes(32).toString('base64'),
      VLLM_BASE_URL: llm.baseUrl,
      VLLM_MODEL: 'fake-1',
    };
    first = await ChildServer.start(env);
    second = await ChildServer.start(env);
    onFirst = await first.join();
    onSecond = new Person(second, onFirst.id, onFirst.token);
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await engine.close();
    await llm.close();
  });

  async function startOnFirst(text: string): Promise<{ conversationId: string; runId: string }> {
    const conversationId = await onFirst.createConversation();
    const { sendMessage } = await onFirst.get<{ sendMessage: { run: { id: string } } }>(
      'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }',
      { input: { conversationId, text } },
    );
    return { conversationId, runId: sendMessage.run.id };
  }

  it.each(TRANSPORTS)(
    'bring a run that one drives to the readers of the other, each event once and in order, over %s',
    async (transport) => {
      const text = Array.from({ length: 200 }, (_, index) => `낱말${index}`).join(' ');
      llm.script([say(text, { everyMs: 5 })]);
      const { runId } = await startOnFirst('Hello');

      const [here, there] = [onFirst, onSecond].map((person) => new AbruptReader(person, transport, { runId }));

      expect((await there!.ended).how).toBe('complete');
      expect((await here!.ended).how).toBe('complete');
      expect(there!.events).toEqual(here!.events);
      expect(there!.events.map(({ seq }) => seq)).toEqual(there!.events.map((_, index) => index + 1));
      expect(shownBy(there!.events)).toBe(text);
    },
  );

  it('stop a run that the other drives', async () => {
    llm.script([sayForever('on ', 5)]);
    const { runId } = await startOnFirst('Hello');
    const reader = new AbruptReader(onSecond, 'WebSocket', { runId });
    await reader.first(({ __typename }) => __typename === 'TextDelta');

    await onSecond.get('mutation ($runId: ID!) { cancelRun(runId: $runId) { id } }', { runId });

    expect((await reader.ended).how).toBe('complete');
    expect(reader.events.at(-1)).toMatchObject({
      __typename: 'RunCancelled',
      message: { text: shownBy(reader.events), status: 'PARTIAL' },
    });
    expect(await (await llm.request(llm.requests.length)).closed).toBe(false);
  });

  it('end what a killed one has left, so that its readers have what is stored and the conversation goes on', async () => {
    llm.script([sayForever('on ', 5)]);
    const { runId, conversationId } = await startOnFirst('Hello');
    const reader = new AbruptReader(onSecond, 'WebSocket', { runId });
    await reader.first((_, index) => index > 200);

    await first.process.kill();
    const killedAt = performance.now();
    expect((await reader.ended).how).toBe('complete');

    expect(performance.now() - killedAt).toBeLessThan(TAKE_OVER_MS);
    const end = reader.events.at(-1)!;
    expect(end).toMatchObject({ __typename: 'RunInterrupted', message: { status: 'PARTIAL' } });
    expect(shownBy(reader.events)).toBe((end['message'] as { text: string }).text);
    llm.script([say('Here I am.')]);
    expect((await onSecond.turn(conversationId, 'Anybody there?')).at(-1)).toMatchObject({
      __typename: 'RunCompleted',
      message: { text: 'Here I am.' },
    });
    await first.process.start();
  }, 40_000);
});
