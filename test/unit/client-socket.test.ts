import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ClientSocket } from '../../src/api/socket/client-socket.js';

function openSocket() {
  const states: Record<'OPEN' | 'readyState', number> = { OPEN: WebSocket.OPEN, readyState: WebSocket.OPEN };
  const ws = Object.assign(new EventEmitter(), states, {
    close: vi.fn<WebSocket['close']>(() => void (ws.readyState = WebSocket.CLOSING)),
    terminate: () => {},
    ping: () => {},
    pong: vi.fn<WebSocket['pong']>(),
  });
  const raw = new PassThrough();
  onTestFinished(() => void ws.emit('close'));
  return { socket: new ClientSocket(ws as unknown as WebSocket, raw), ws, raw };
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
