import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ClientSocket } from '../../src/api/socket/client-socket.js';

function openSocket() {
  const states: Record<'OPEN' | 'readyState', number> = { OPEN: WebSocket.OPEN, readyState: WebSocket.OPEN };
  const ws = Object.assign(new EventEmitter(), states, {
    close: vi.fn<WebSocket['close']>(() => void (ws.readyState = WebSocket.CLOSING)),
    terminate: vi.fn<WebSocket['terminate']>(),
    ping: vi.fn<WebSocket['ping']>(),
    pong: vi.fn<WebSocket['pong']>(),
  });
  const raw = new PassThrough();
  onTestFinished(() => void ws.emit('close'));
  return { socket: new ClientSocket(ws as unknown as WebSocket, raw), ws, raw };
}

/** Not the turns of the event loop, in which all sockets of the process send. */
function stopClock() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

it('lets a sender go on at once while there is room', () => {
  const { socket } = openSocket();

  expect(socket.send('{}')).toBeUndefined();
});

it('makes a sender wait once the socket closes, who could otherwise keep its end from coming through', async () => {
  const { socket, raw } = openSocket();
  socket.close(1000, '');

  const heldUp = socket.send('{}');

  expect(heldUp).toBeInstanceOf(Promise);
  await heldUp;
  expect(raw.readableLength).toBe(0);
});

it('answers no pings of a peer for whom 16 MiB wait, but gives it up', () => {
  const { ws, raw } = openSocket();
  raw.write(Buffer.alloc(17 * 1024 * 1024));

  ws.emit('ping', Buffer.from('1'));

  expect(ws.pong).not.toHaveBeenCalled();
  expect(ws.close).toHaveBeenCalledWith(4429, 'Too slow a reader');
});

it.each(['pong', 'message'] as const)('keeps a peer that shows life by a %s, however quiet it is', (sign) => {
  stopClock();
  const { socket, ws } = openSocket();
  socket.onMessage(() => {});

  for (let beat = 1; beat <= 5; beat++) {
    vi.advanceTimersByTime(12_000);
    expect(ws.ping).toHaveBeenCalledTimes(beat);
    ws.emit(sign, Buffer.from(''), false);
  }

  expect(ws.terminate).not.toHaveBeenCalled();
});

it('drops a peer that shows no life for 24 s, since nobody is there to answer a close frame', () => {
  stopClock();
  const { ws } = openSocket();

  vi.advanceTimersByTime(23_999);
  expect(ws.terminate).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);

  expect(ws.terminate).toHaveBeenCalledTimes(1);
  expect(ws.close).not.toHaveBeenCalled();
});

it('looks after nobody any more once the socket has closed', () => {
  stopClock();
  const { ws } = openSocket();

  ws.emit('close');

  expect(vi.getTimerCount()).toBe(0);
});

it('tells a peer that answers no pings why it is dropped, if it has not read what waits for it', () => {
  stopClock();
  const { ws, raw } = openSocket();
  raw.write(Buffer.alloc(1024 * 1024));

  vi.advanceTimersByTime(24_000);

  expect(ws.close).toHaveBeenCalledWith(4429, 'Too slow a reader');
});

it('keeps a slow reader that goes on reading, though its pongs come late', () => {
  stopClock();
  const { ws, raw } = openSocket();
  raw.write(Buffer.alloc(1024 * 1024));

  for (let beat = 1; beat <= 5; beat++) {
    vi.advanceTimersByTime(12_000);
    raw.emit('drain');
  }

  expect(ws.close).not.toHaveBeenCalled();
  expect(ws.terminate).not.toHaveBeenCalled();
});
