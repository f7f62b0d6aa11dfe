import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { WorkerDocumentReader } from '../../src/infra/documents/worker-document-reader.js';
import { MinioBlobStore } from '../../src/infra/minio/minio-blob-store.js';

const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE', details: { isRetryable: true } });

/** What the server does with an answer whose head says 1,000 bytes and of which 10 have been sent. */
let goOn: (answer: ServerResponse) => void = (answer) => answer.destroy();
let server: Server;
let store: MinioBlobStore;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.method === 'HEAD') return response.end();
    response.writeHead(200, { 'content-length': 1_000 });
    return response.write('a'.repeat(10), () => goOn(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  store = await MinioBlobStore.connect({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    bucket: 'cuts',
    accessKey: new Secret('key'),
    secretKey: new Secret('secret'),
    publicUrl: null,
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function open(): Promise<Readable> {
  const content = await store.read('a/b');
  if (content === null) throw new Error('There is an object.');
  return content;
}

it('names it an outage where the store cuts an object off', async () => {
  goOn = (answer) => answer.destroy();

  await expect(buffer(await open())).rejects.toEqual(unavailable);
});

it('keeps the outage for a reader that comes after it', async () => {
  const { promise: begun, resolve } = answers();
  goOn = resolve;
  const content = await open();
  const answer = await begun;
  const closed = new Promise((close) => content.once('close', close));

  answer.destroy();
  await closed;

  await expect(buffer(content)).rejects.toEqual(unavailable);
});

it('has a document that was cut off tried again later', async () => {
  goOn = (answer) => answer.destroy();
  const reading = new WorkerDocumentReader().read(await open(), {
    mediaType: 'text/plain',
    signal: new AbortController().signal,
  });

  await expect(reading.next()).rejects.toEqual(unavailable);
});

it('lets go of the connection, and names no outage, when a reader leaves', async () => {
  const { promise: begun, resolve } = answers();
  goOn = resolve;
  const content = await open();
  const answer = await begun;
  const left = new Promise((close) => answer.once('close', close));

  content.destroy(new Error('enough'));

  await expect(finished(content)).rejects.toThrow('enough');
  await left;
});

function answers() {
  let resolve!: (answer: ServerResponse) => void;
  const promise = new Promise<ServerResponse>((settle) => (resolve = settle));
  return { promise, resolve };
}
