import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createTomato, type Tomato } from '../../src/sdk/client.js';
import { TomatoError } from '../../src/sdk/tomato-error.js';
import { ChildServer } from '../kit/child-server.js';

const KILLS = 5;
/** Milliseconds; a round of creating takes about as long. */
const KILLED_WITHIN_MS = 150;
const AT_ONCE = 12;

let server: ChildServer;
let tomato: Tomato;
beforeAll(async () => {
  server = await ChildServer.start({});
  const { token } = await server.join();
  tomato = createTomato({ url: server.url, token, webSocket: WebSocket });
});
afterAll(() => server.close());

/** What a client learns that gives the key again until it knows: an id, or that nobody can tell. */
async function createUnderKey(title: string): Promise<string | null> {
  for (;;) {
    try {
      const { createConversation } = await tomato.createConversation({ input: { title } }, { idempotencyKey: title });
      return createConversation.id;
    } catch (error) {
      // Its patience may end before the killing does.
      if (error instanceof TomatoError && error.code === 'CONNECTION_LOST') continue;
      expect(error).toMatchObject({ code: 'CONFLICT', details: { reason: 'OUTCOME_UNKNOWN' } });
      return null;
    }
  }
}

async function idsByTitle(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  let after: string | null | undefined;
  do {
    const { conversations } = await tomato.conversations({ first: 100, after });
    for (const { title, id } of conversations.nodes) found.set(title, [...(found.get(title) ?? []), id]);
    after = conversations.pageInfo.hasNextPage ? conversations.pageInfo.endCursor : null;
  } while (after);
  return found;
}

it(`does nothing twice, whenever it is killed (${KILLS} times), and tells no client what is not so`, async () => {
  const learnt = new Map<string, string | null>();
  const creating: Promise<unknown>[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const titles = Array.from({ length: AT_ONCE }, (_, place) => `kill-${kill}-${place}`);
    creating.push(...titles.map(async (title) => learnt.set(title, await createUnderKey(title))));
    await sleep(Math.random() * KILLED_WITHIN_MS);
    await server.crash();
  }
  await Promise.all(creating);

  const kept = await idsByTitle();
  expect([...kept.values()].filter((ids) => ids.length > 1)).toEqual([]);
  const wrong = [...learnt].filter(([title, id]) => id !== null && kept.get(title)?.[0] !== id);
  expect(wrong).toEqual([]);
  expect(learnt.size).toBe(KILLS * AT_ONCE);
  expect([...learnt.values()].filter((id) => id !== null).length).toBeGreaterThan(KILLS);
}, 300_000);
