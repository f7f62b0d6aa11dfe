import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { SseStream } from '../../src/api/sse/sse-stream.js';

const PING = ':\n\n';

beforeEach(() => {
  // Not the turns of the event loop, in which all streams of the process send.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
});

/** @param isRead False for a reader that takes nothing. */
function openStream(isRead = true) {
  const written: string[] = [];
  const response = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      if (isRead) done();
    },
  });
  Object.assign(response, { writeHead: () => {} });
  return { stream: new SseStream(response as ServerResponse), response, written };
}

it('shows life every 12 s', async () => {
  const { written } = openStream();

  vi.advanceTimersByTime(36_000);
  await nextTurn();

  expect(written.join('')).toBe(PING.repeat(4));
});

it('leaves no timer behind when its reader leaves', () => {
  const { response } = openStream();

  response.emit('close');

  expect(vi.getTimerCount()).toBe(0);
});

it('gives up a reader that has read nothing of what waits for 30 s', () => {
  const { stream, response } = openStream(false);
  stream.next({ data: { text: 'x'.repeat(300_000) } });

  expect(stream.room()).toBeInstanceOf(Promise);
  vi.advanceTimersByTime(29_999);
  expect(response.destroyed).toBe(false);
  vi.advanceTimersByTime(1);

  expect(response.destroyed).toBe(true);
});

it('keeps a reader that comes round before', async () => {
  const { stream, response } = openStream();
  stream.next({ data: { text: 'x'.repeat(300_000) } });

  await stream.room();
  vi.advanceTimersByTime(60_000);

  expect(response.destroyed).toBe(false);
});
