import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_ANSWER_CHARS } from '../../src/domain/agent/attempt.js';
import { cut, endEarly, fail, hang, say, sayForever, sendRaw, stall, type Reply } from '../kit/fake-llm.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';
import { newModel } from '../kit/new-model.js';
import { observeTurn } from '../kit/observed-turn.js';
import { refusing } from '../kit/odd-llm.js';

/** What a service can do, with what its user sees, what is stored, and what is billed. docs/models.md tells the same in words. */

let house: RunningHouse;
let owner: Person;
beforeAll(async () => {
  house = await openHouse();
  owner = await house.join('owner');
});
afterAll(() => house.close());
beforeEach(() => {
  // No jitter: what is waited for is then what the service asked for.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  return () => random.mockRestore();
});

let models = 0;
const freshModel = (more: Record<string, unknown> = {}) => newModel(house, owner, `table-${++models}`, more);

const json = (body: unknown): Reply => sendRaw([JSON.stringify(body)], { contentType: 'application/json' });
const html = sendRaw(['<html><body>Bad gateway</body></html>'], { contentType: 'text/html' });
const reset: Reply = (response) => response.socket?.resetAndDestroy();
const oops = sendRaw(['data: {"choices": [\n\n']);
const oopsLater = sendRaw(['data: {"choices":[{"delta":{"content":"half an"}}]}\n\n', 'data: {oops}\n\n']);
const nothing = say('');

const thrice = (reply: Reply): Reply[] => [reply, reply, reply];
const failed = (code: string, retryAfterMs: number | null = null) => ({ code, isRetryable: true, retryAfterMs });

type Row = {
  readonly name: string;
  /** One a request; there are no others. */
  readonly replies: readonly Reply[];
  readonly model?: Record<string, unknown>;
  /** Between StepStarted and the end. */
  readonly sees?: readonly string[];
  /** Null where the turn is answered. */
  readonly error: ReturnType<typeof failed> | null;
  readonly stored: readonly [status: string, text: string];
  readonly billed: readonly (readonly [outcome: string, outputTokens: number, isEstimated: boolean])[];
};

const NOTHING_BILLED: Row['billed'] = [['FAILED', 0, true]];
const HALF_BILLED: Row['billed'] = [['FAILED', 2, true]];
const ALL_BILLED: Row['billed'] = [['COMPLETED', 5, false]];

const BEFORE_THE_FIRST_WORD: readonly Row[] = [
  { name: 'a hang', replies: [hang()], model: { firstByteTimeoutMs: 800 }, error: failed('UPSTREAM_TIMEOUT') },
  { name: 'a reset', replies: thrice(reset), error: failed('UPSTREAM_FAILED') },
  { name: 'malformed SSE', replies: thrice(oops), error: failed('UPSTREAM_FAILED') },
  { name: 'a page of HTML', replies: thrice(html), error: failed('UPSTREAM_FAILED') },
  { name: 'wrong JSON', replies: thrice(json({ hello: 'world' })), error: failed('UPSTREAM_FAILED') },
  { name: '500', replies: thrice(fail(500)), error: failed('UPSTREAM_FAILED') },
  { name: '429 without Retry-After', replies: thrice(fail(429)), error: failed('UPSTREAM_RATE_LIMITED') },
  {
    name: '429 with a long Retry-After',
    replies: [fail(429, { retryAfter: 120 })],
    error: failed('UPSTREAM_RATE_LIMITED', 120_000),
  },
  {
    name: '429 with a Retry-After beyond all numbers',
    replies: [fail(429, { retryAfter: '9'.repeat(40) })],
    error: failed('UPSTREAM_RATE_LIMITED', 86_400_000),
  },
  {
    name: 'a rate limit that is told as an answer',
    replies: thrice(json({ error: { code: 429, message: 'slow down' } })),
    error: failed('UPSTREAM_RATE_LIMITED'),
  },
].map((row) => ({ ...row, sees: [], stored: ['FAILED', ''], billed: NOTHING_BILLED }));

const IN_THE_MIDDLE: readonly Row[] = [
  {
    name: 'a stall',
    replies: [stall('half an')],
    model: { idleTimeoutMs: 800 },
    error: failed('UPSTREAM_TIMEOUT'),
  },
  { name: 'a cut', replies: [cut('half an')], error: failed('UPSTREAM_FAILED') },
  { name: 'malformed SSE after some text', replies: [oopsLater], error: failed('UPSTREAM_FAILED') },
  { name: 'no finish reason', replies: [endEarly('half an')], error: failed('UPSTREAM_FAILED') },
].map((row) => ({ ...row, sees: ['TextDelta'], stored: ['PARTIAL', 'half an'], billed: HALF_BILLED }));

const MENDED: readonly Row[] = [
  { name: '503 once', replies: [fail(503), say('fine')] },
  { name: '429 with a short Retry-After', replies: [fail(429, { retryAfter: 0.05 }), say('fine')] },
  {
    name: '500 on tools',
    replies: [refusing('tools', say('never')), say('fine')],
    sees: ['ToolModeChanged', 'TextDelta'],
  },
  {
    name: '404 on tools, 422 on functions',
    replies: [refusing('tools', say('never'), 404), refusing('functions', say('never'), 422), say('fine')],
    sees: ['ToolModeChanged', 'TextDelta'],
  },
  {
    name: 'stream_options that are refused',
    replies: [fail(422, { body: { detail: 'stream_options: extra fields not permitted' } }), say('fine')],
  },
  {
    name: 'usage that cannot be',
    replies: [say('fine', { usage: { prompt_tokens: -1e9, completion_tokens: 0.5 } })],
    billed: [['COMPLETED', 1, true] as const],
  },
  {
    name: 'thoughts that end without having begun',
    replies: [say('hm\n</think>\n\nfine')],
    sees: ['TextDelta', 'StepReset', 'ReasoningDelta', 'TextDelta'],
  },
].map((row) => ({ sees: ['TextDelta'], billed: ALL_BILLED, ...row, error: null, stored: ['COMPLETE', 'fine'] }));

const EMPTY: readonly Row[] = [
  {
    name: 'an empty answer once',
    replies: [nothing, say('fine')],
    sees: ['TextDelta'],
    error: null,
    stored: ['COMPLETE', 'fine'],
    billed: [
      ['FAILED', 5, false],
      ['COMPLETED', 5, false],
    ],
  },
  {
    name: 'an empty answer, and another',
    replies: [nothing, nothing],
    sees: [],
    error: failed('UPSTREAM_FAILED'),
    stored: ['FAILED', ''],
    billed: [
      ['FAILED', 5, false],
      ['FAILED', 5, false],
    ],
  },
  {
    name: 'thoughts without an answer, and then one',
    replies: [say('', { reasoning: 'hm' }), say('fine')],
    sees: ['ReasoningDelta', 'StepReset', 'TextDelta'],
    error: null,
    stored: ['COMPLETE', 'fine'],
    billed: [
      ['FAILED', 5, false],
      ['COMPLETED', 5, false],
    ],
  },
];

describe.each([
  ['before the first word', BEFORE_THE_FIRST_WORD],
  ['in the middle of the answer', IN_THE_MIDDLE],
  ['that passes', MENDED],
  ['that says nothing', EMPTY],
])('a service with a problem %s', (_when, rows) => {
  it.each(rows)('$name', async ({ replies, model, sees = [], error, stored: [status, text], billed }) => {
    const modelId = await freshModel(model);
    house.llm.script(replies);

    const turn = await observeTurn(house, owner, modelId);

    expect(turn).toMatchObject({
      sees: ['RunStarted', 'StepStarted', ...sees, error ? 'RunFailed' : 'RunCompleted'],
      error,
      stored: { status, text },
      billed,
    });
    expect(turn.requests).toHaveLength(replies.length);
  });
});

describe('a stream without end', () => {
  it('is cut at the largest size of an answer, kept up to there, and billed', async () => {
    house.llm.script([sayForever('word '.repeat(10_000), 1)]);

    const { sees, error, stored, billed, requests } = await observeTurn(house, owner, await freshModel());

    expect(sees).toEqual(['RunStarted', 'StepStarted', 'TextDelta', 'RunFailed']);
    expect(error).toEqual({ code: 'LIMIT_EXCEEDED', isRetryable: false, retryAfterMs: null });
    expect(stored.status).toBe('PARTIAL');
    expect(stored.text.length).toBeLessThanOrEqual(MAX_ANSWER_CHARS);
    // What comes at once is kept whole, or not at all.
    expect(stored.text.length).toBeGreaterThan(0.8 * MAX_ANSWER_CHARS);
    expect(billed).toEqual([['FAILED', expect.toSatisfy((tokens: number) => tokens > 150_000), true]]);
    expect(await requests[0]?.closed).toBe(false);
  });

  it('of one call is cut as well, and is no answer', async () => {
    const call = { index: 0, id: 'c', function: { name: 'time_now', arguments: 'x'.repeat(100_000) } };
    house.llm.otherwise(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      while (!response.destroyed) {
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [call] } }] })}\n\n`);
        await new Promise(setImmediate);
      }
    });

    const { sees, error, billed } = await observeTurn(house, owner, await freshModel());

    expect(sees).toEqual(['RunStarted', 'StepStarted', 'RunFailed']);
    expect(error).toEqual(failed('UPSTREAM_FAILED'));
    expect(billed).toEqual(NOTHING_BILLED);
  });

  it('of signs of life alone ends with the time that a run may take', async () => {
    const hasty = await openHouse({ env: { RUN_MAX_SECONDS: '1' } });
    const person = await hasty.join('owner');
    hasty.llm.script([
      async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        while (!response.destroyed) {
          response.write(': still here\n\n');
          await sleep(20);
        }
      },
    ]);

    const turn = await observeTurn(hasty, person, await newModel(hasty, person, 'lively', { idleTimeoutMs: 500 }));

    expect(turn).toMatchObject({
      sees: ['RunStarted', 'StepStarted', 'RunFailed'],
      error: { code: 'LIMIT_EXCEEDED' },
      stored: { status: 'FAILED', text: '' },
      billed: [['CANCELLED', 0, true]],
    });
    expect(await turn.requests[0]?.closed).toBe(false);
    await hasty.close();
  });
});
