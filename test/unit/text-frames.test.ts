import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { textFrames } from '../../src/api/socket/text-frames.js';

/** What a WebSocket client reads from the frames. */
async function read(texts: readonly string[]): Promise<string[]> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  server.once('connection', (ws, request) => {
    request.socket.write(textFrames(texts));
    ws.close();
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const messages: string[] = [];
  client.on('message', (data: Buffer) => messages.push(data.toString()));
  await once(client, 'close');
  return messages;
}

it.each([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])('frames a text of %i bytes', async (length) => {
  const text = 'x'.repeat(length);

  expect(await read([text])).toEqual([text]);
});

it('counts bytes, not characters, and keeps texts apart', async () => {
  const texts = ['안녕하세요'.repeat(20), '', '🍅', '가'.repeat(42)];

  expect(await read(texts)).toEqual(texts);
});
