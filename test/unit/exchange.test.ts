import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Exchange, type PartSource } from '../../src/infra/openai/exchange.js';
import { Failures } from '../../src/infra/openai/failures.js';
import { IncomingAnswer } from '../../src/infra/openai/node-fetch.js';

const IDLE_MS = 400;

/** More than may wait for a reader who does not come. */
const MUCH = 'x'.repeat(300_000);

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

async function openAnswer() {
  const service = new PassThrough();
  const incoming = Object.assign(service, { statusCode: 200, headers: { 'content-type': 'text/event-stream' } });
  const limits = { firstByteTimeoutMs: 1_000, idleTimeoutMs: IDLE_MS };
  const exchange = new Exchange(limits, new Failures(null), new AbortController().signal);
  const answer = new IncomingAnswer(incoming as unknown as IncomingMessage);
  const source = await exchange.stream(() => Promise.resolve(answer));
  return { service, source };
}

const say = (service: PassThrough, content: string): void =>
  void service.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);

/** Says more than is read, until reading pauses. */
async function sayTooMuch(service: PassThrough): Promise<void> {
  while (!service.isPaused()) {
    say(service, MUCH);
    await nextTurn();
  }
}

async function charsOf(source: PartSource): Promise<number> {
  const parts = (await source.take()) ?? [];
  return parts.reduce((sum, part) => sum + (part.type === 'text-delta' ? part.text.length : 0), 0);
}

it('calls a service silent when its idle time has passed since the last word, and not before', async () => {
  const { service, source } = await openAnswer();
  for (let words = 0; words < 3; words++) {
    say(service, 'word');
    expect(await charsOf(source)).toBe(4);
    vi.advanceTimersByTime(IDLE_MS - 1);
  }
  say(service, 'last');
  expect(await charsOf(source)).toBe(4);

  const next = source.take();
  const told = vi.fn<(error: unknown) => void>();
  next.catch(told);
  vi.advanceTimersByTime(IDLE_MS - 1);
  await nextTurn();
  expect(told).not.toHaveBeenCalled();

  vi.advanceTimersByTime(1);
  await expect(next).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
});

it('gives a service its whole time again once a reader who was behind goes on', async () => {
  const { service, source } = await openAnswer();
  await sayTooMuch(service);
  vi.advanceTimersByTime(10 * IDLE_MS - 5);

  await charsOf(source);
  const next = charsOf(source);
  vi.advanceTimersByTime(IDLE_MS - 1);
  say(service, 'on');

  expect(await next).toBe(2);
});

it('looks at a reader who is behind no more than once in an idle time', async () => {
  const { service } = await openAnswer();
  say(service, 'a');
  await nextTurn();
  vi.advanceTimersByTime(10);
  say(service, 'b');
  await nextTurn();
  // The next look is due in what is left of the time since then.
  vi.advanceTimersByTime(IDLE_MS - 10);
  await sayTooMuch(service);
  const looks = vi.spyOn(service, 'isPaused');

  vi.advanceTimersByTime(10 * IDLE_MS);

  expect(looks.mock.calls.length).toBeLessThanOrEqual(11);
});

it('gives an answer in one piece its time anew with each part of it, as it does a stream', async () => {
  const service = new PassThrough();
  const incoming = Object.assign(service, { statusCode: 200, headers: { 'content-type': 'application/json' } });
  const limits = { firstByteTimeoutMs: 500, idleTimeoutMs: IDLE_MS };
  const exchange = new Exchange(limits, new Failures(null), new AbortController().signal);
  const reading = exchange.text((kill) => {
    kill.addEventListener('abort', () => service.destroy());
    return Promise.resolve(new IncomingAnswer(incoming as unknown as IncomingMessage));
  });
  for (const piece of ['slow', 'ly ', 'but ', 'surely']) {
    service.write(piece);
    await nextTurn();
    vi.advanceTimersByTime(IDLE_MS - 100);
  }
  service.end();

  expect(await reading).toBe('slowly but surely');
});

it('keeps apart what was thought and what is said, also where one read brings both', async () => {
  const { service, source } = await openAnswer();

  say(service, 'So noon it is.\n</think>\n\nIt is noon.');

  expect(await source.take()).toEqual([
    { type: 'text-delta', text: 'So noon it is.\n' },
    { type: 'text-was-thought' },
    { type: 'text-delta', text: 'It is noon.' },
  ]);
});
