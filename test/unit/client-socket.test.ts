import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { expect, it, onTestFinished } from 'vitest';
import { ClientSocket } from '../../src/api/socket/client-socket.js';

function openSocket() {
  const states: Record<'OPEN' | 'readyState', number> = { OPEN: WebSocket.OPEN, readyState: WebSocket.OPEN };
  const ws = Object.assign(new EventEmitter(), states, {
    close: () => (ws.readyState = WebSocket.CLOSING),
    terminate: () => {},
    ping: () => {},
  });
  const raw = new PassThrough();
  onTestFinished(() => void ws.emit('close'));
  return { socket: new ClientSocket(ws as unknown as WebSocket, raw), raw };
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
