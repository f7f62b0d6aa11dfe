import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followChat, type ChatServer, type RunEvent } from '../../src/sdk/chat.js';
import { untilAnswered } from '../../src/sdk/patience.js';
import { TomatoError } from '../../src/sdk/tomato-error.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const lost = (code: string, details = {}) => new TomatoError(code, 'Gone.', details);
const delta = (seq: number): RunEvent => ({ __typename: 'TextDelta', runId: 'run_1', seq, at: '', text: '.' });

/** Has one event for each connection of which `says` holds, and loses every one. */
function losing(code: string, says: (connection: number) => boolean, details = {}) {
  const asked: unknown[] = [];
  const askedAt: number[] = [];
  const server: ChatServer = {
    async *open(variables) {
      asked.push(variables);
      askedAt.push(Date.now());
      if (says(asked.length)) yield { chatStream: await Promise.resolve(delta(asked.length)) };
      throw lost(code, details);
    },
    lastSeqOf: () => Promise.resolve(0),
  };
  return { server, asked, askedAt };
}

/** The code with which it ends, however long that takes. */
async function endOf(server: ChatServer): Promise<unknown> {
  const drain = async () => {
    const chat = followChat(server, { runId: 'run_1', after: 0 }, new AbortController().signal);
    while (!(await chat.next()).done);
  };
  const end = drain().catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return end;
}

it.each(['CONNECTION_LOST', 'SERVICE_UNAVAILABLE'])('gives a chat up at the eleventh %s in a row', async (code) => {
  const { server, asked } = losing(code, () => false);

  expect(await endOf(server)).toMatchObject({ code });
  expect(asked).toHaveLength(11);
});

it('counts losses anew after each event, and goes on after it', async () => {
  const { server, asked } = losing('CONNECTION_LOST', (connection) => connection === 8);

  await endOf(server);

  // The eighth tells something, and is itself the first loss after that.
  expect(asked).toHaveLength(8 + 10);
  expect(asked.slice(7, 9)).toEqual([
    { runId: 'run_1', after: 0 },
    { runId: 'run_1', after: 8 },
  ]);
});

it('waits longer after each loss, up to 8 s', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const { server, askedAt } = losing('CONNECTION_LOST', () => false);

  await endOf(server);

  expect(askedAt.slice(1).map((at, before) => at - askedAt[before]!)).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000,
  ]);
});

it.each([
  ['as long as the server asks for', 15_000, 15_000],
  ['a minute at most, whatever the server asks for', 3_600_000, 60_000],
])('waits besides %s', async (_, retryAfterMs, pauseMs) => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const { server, askedAt } = losing('SERVICE_UNAVAILABLE', () => false, { retryAfterMs });
  const answeredAt: number[] = [];
  const answer = untilAnswered(() => {
    answeredAt.push(Date.now());
    return answeredAt.length === 3 ? Promise.resolve() : Promise.reject(lost('SERVICE_UNAVAILABLE', { retryAfterMs }));
  });

  await endOf(server);
  await answer;

  const pauses = (times: readonly number[]) => times.slice(1, 3).map((at, before) => at - times[before]!);
  expect(pauses(askedAt)).toEqual([pauseMs + 500, pauseMs + 1_000]);
  expect(pauses(answeredAt)).toEqual([pauseMs + 500, pauseMs + 1_000]);
});

it('asks as long as the same is still being carried out, which is no loss', async () => {
  let asked = 0;
  const answer = untilAnswered(() => {
    asked += 1;
    if (asked > 30) return Promise.resolve('done');
    if (asked === 30) return Promise.reject(lost('CONNECTION_LOST'));
    return Promise.reject(new TomatoError('CONFLICT', 'Wait.', { reason: 'STILL_RUNNING' }));
  });
  await vi.runAllTimersAsync();

  expect(await answer).toBe('done');
});

it.each(['RunCompleted', 'RunFailed', 'RunCancelled', 'RunInterrupted'] as const)(
  'has done with a run at its %s',
  async (__typename) => {
    const asked: unknown[] = [];
    const server: ChatServer = {
      async *open(variables) {
        asked.push(variables);
        yield { chatStream: await Promise.resolve({ ...delta(1), __typename } as unknown as RunEvent) };
      },
      lastSeqOf: () => Promise.reject(new Error('Nobody needs to know.')),
    };

    expect(await endOf(server)).toBeUndefined();
    expect(asked).toHaveLength(1);
  },
);

it('comes back after an empty stream of a run that goes on, and does not after one of a run that is over', async () => {
  const lastSeqs = [0, 2, 1];
  const asked: unknown[] = [];
  const server: ChatServer = {
    async *open(variables) {
      asked.push(variables);
      if (asked.length === 3) yield { chatStream: await Promise.resolve(delta(1)) };
    },
    lastSeqOf: () => Promise.resolve(lastSeqs.shift()!),
  };

  expect(await endOf(server)).toBeUndefined();

  expect(lastSeqs).toEqual([]);
  expect(asked).toHaveLength(4);
});
