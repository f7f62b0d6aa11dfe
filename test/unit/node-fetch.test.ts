import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { nodeFetch } from '../../src/infra/openai/node-fetch.js';

/** Tells what it was sent; `/quiet` begins an answer and says no more. */
const server = createServer((request, response) => {
  if (request.url === '/quiet') return void response.write('…');
  response.end(JSON.stringify(request.rawHeaders));
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const host = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of incoming.setEncoding('utf8')) text += piece;
  return text;
}

async function sentTo(url: string, headers: Record<string, string> = {}): Promise<Record<string, string | undefined>> {
  const { incoming } = await nodeFetch(url, { method: 'POST', headers, body: '{"a":"가"}' });
  const raw = JSON.parse(await textOf(incoming)) as string[];
  return Object.fromEntries(raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1]]] : [])));
}

it('sends what it was given, with what HTTP needs, and asks for no compression', async () => {
  expect(await sentTo(`http://${host()}/v1`, { authorization: 'Bearer a', 'X-Own': 'b' })).toEqual({
    host: host(),
    connection: 'keep-alive',
    authorization: 'Bearer a',
    'x-own': 'b',
    'accept-encoding': 'identity',
    'content-length': '11',
  });
});

it('signs in with what stands in the address, where nothing else was given', async () => {
  const url = `http://us%40er:pass@${host()}/v1`;

  expect((await sentTo(url))['authorization']).toBe(`Basic ${Buffer.from('us@er:pass').toString('base64')}`);
  expect((await sentTo(url, { authorization: 'Bearer a' }))['authorization']).toBe('Bearer a');
});

it('cuts the connection when it is aborted after the answer has begun', async () => {
  const leaving = new AbortController();
  const { incoming } = await nodeFetch(`http://${host()}/quiet`, { signal: leaving.signal });
  const reading = textOf(incoming);

  leaving.abort();

  await expect(reading).rejects.toThrow('aborted');
  expect(incoming.destroyed).toBe(true);
});

it('asks nobody once it is aborted', async () => {
  const reason = new Error('too late');
  await expect(nodeFetch(`http://${host()}/v1`, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

it('lets go of its signal when the answer has ended', async () => {
  const { signal } = new AbortController();
  const added = vi.spyOn(signal, 'addEventListener');
  const removed = vi.spyOn(signal, 'removeEventListener');

  const { incoming } = await nodeFetch(`http://${host()}/v1`, { signal });
  await textOf(incoming);

  await vi.waitFor(() => expect(removed.mock.calls).toHaveLength(1));
  expect(removed.mock.calls[0]?.[1]).toBe(added.mock.calls[0]?.[1]);
});
