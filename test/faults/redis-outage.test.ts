import { afterAll, beforeAll, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbruptReader, shownBy } from '../kit/abrupt-reader.js';
import { ChildServer } from '../kit/child-server.js';
import { say, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import type { Person } from '../kit/house.js';
import { outagesOf, untilAnswered } from '../kit/outage.js';
import { describeOverOwnRedis } from '../kit/redis-server.js';

const OUTAGE_MS = 5_000;
/** Milliseconds within which a request must be refused while Redis is away. */
const REFUSED_WITHIN_MS = 2_000;
/** Milliseconds within which all must work once Redis is back. */
const BACK_WITHIN_MS = 5_000;

/** Streams for longer than Redis is away. */
const LONG = Array.from({ length: 400 }, (_, index) => `word${index}`).join(' ');

describeOverOwnRedis('while Redis is away', (redis) => {
  let llm: FakeLlm;
  let server: ChildServer;
  beforeAll(async () => {
    llm = await startFakeLlm();
    server = await ChildServer.start({
      REDIS_URL: redis.url().reveal(),
      VLLM_BASE_URL: llm.baseUrl,
      VLLM_MODEL: 'fake-1',
    });
  });
  afterAll(async () => {
    await server.close();
    await llm.close();
  });

  /** What is told of readiness may be a moment old. */
  const untilReadinessIs = async (status: number) => {
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 4_000 }).toBe(status);
  };

  it.each(outagesOf(redis.server))(
    '($how) refuses with SERVICE_UNAVAILABLE, lets streams go on, and works again by itself',
    async (outage) => {
      const ada = await server.join(`ada-${outage.how}`);
      const conversationId = await ada.createConversation();
      llm.script([say(LONG, { everyMs: 20 })]);
      const message = { conversationId, text: 'Hello', clientMessageId: outage.how };
      const reader = new AbruptReader(ada, 'WebSocket', { message });
      const { runId } = await reader.first(({ __typename }) => __typename === 'TextDelta');

      await outage.begin();
      const before = reader.events.length;
      const endsAt = performance.now() + OUTAGE_MS;
      await expectRefusal(ada);
      await expectRefusal(ada);
      expect((await fetch(`${server.url}/livez`)).status).toBe(200);
      await untilReadinessIs(503);
      await sleep(endsAt - performance.now());
      expect(reader.events.length).toBeGreaterThan(before + 50);
      await outage.end();
      const backAt = performance.now();

      // This Redis keeps nothing over a restart, so whoever was signed in must do it again: sockets say so, too.
      const losesSessions = outage.how === 'killed';
      const again = losesSessions ? await untilAnswered(BACK_WITHIN_MS, () => server.logIn(`ada-${outage.how}`)) : ada;
      await untilAnswered(BACK_WITHIN_MS, () => again.get('{ me { id } }'));
      expect(performance.now() - backAt).toBeLessThan(BACK_WITHIN_MS);
      expect(await reader.ended).toMatchObject(losesSessions ? { how: 'cut', closeCode: 4401 } : { how: 'complete' });
      const rest = new AbruptReader(again, 'WebSocket', { runId: runId as string, after: reader.events.at(-1)!.seq });
      expect((await rest.ended).how).toBe('complete');
      const events = [...reader.events, ...rest.events];
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted', message: { text: LONG } });
      expect(shownBy(events)).toBe(LONG);
      await untilReadinessIs(200);
    },
    40_000,
  );
});

async function expectRefusal(person: Person): Promise<void> {
  const askedAt = performance.now();
  const { errors } = await person.ask('{ me { id } }');
  expect(errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE', isRetryable: true } }]);
  expect(performance.now() - askedAt).toBeLessThan(REFUSED_WITHIN_MS + 500);
}
