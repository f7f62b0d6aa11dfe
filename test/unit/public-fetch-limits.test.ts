import { once } from 'node:events';
import { createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPublicFetch } from '../../src/infra/net/public-fetch.js';
import { collectGarbage } from '../kit/garbage.js';
import { localServer } from '../kit/local-server.js';
import { get } from '../kit/public-request.js';

const KIB = 1024;

describe('limits', () => {
  it('reads no more than asked of an endless body, and closes the connection', async () => {
    let closed: Promise<void> | undefined;
    const server = await localServer(async (request, response) => {
      closed = new Promise((resolve) => void request.socket.once('close', () => resolve()));
      response.on('error', () => {});
      while (!response.destroyed) if (!response.write(Buffer.alloc(64 * KIB, 'a'))) await nextTurn();
    });
    const fetch = createPublicFetch({ allowedHosts: [server] });

    const { body, isTruncated } = await fetch(get(`http://${server}/`, { maxBytes: 10 * KIB }));
    await expect(closed).resolves.toBeUndefined();

    expect({ bytes: body.length, isTruncated }).toEqual({ bytes: 10 * KIB, isTruncated: true });
  });

  it('reads at most 1 MiB whatever is asked, and says whether that was all', async () => {
    const server = await localServer((request, response) => response.end(Buffer.alloc(Number(request.url?.slice(1)))));
    const fetch = createPublicFetch({ allowedHosts: [server] });
    const read = async (bytes: number) => {
      const { body, isTruncated } = await fetch(get(`http://${server}/${bytes}`, { maxBytes: Infinity }));
      return { bytes: body.length, isTruncated };
    };

    expect(await read(1024 * KIB)).toEqual({ bytes: 1024 * KIB, isTruncated: false });
    expect(await read(1024 * KIB + 1)).toEqual({ bytes: 1024 * KIB, isTruncated: true });
  });

  it('does not unpack a compressed answer', async () => {
    const server = await localServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10 * 1024 * KIB)));
    });
    const fetch = createPublicFetch({ allowedHosts: [server] });

    await expect(fetch(get(`http://${server}/`))).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
  });

  it('reads an answer that says in any case of letters that it is not compressed', async () => {
    const server = await localServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'Identity' }).end('plain');
    });
    const fetch = createPublicFetch({ allowedHosts: [server] });

    const { body } = await fetch(get(`http://${server}/`));

    expect(body.toString()).toBe('plain');
  });

  it('gives up on an answer that drips, though every drip is in time and memory is collected meanwhile', async () => {
    const server = await localServer((_request, response) => {
      const timer = setInterval(() => response.write('a'), 20);
      setTimeout(collectGarbage, 50);
      response.once('close', () => clearInterval(timer));
    });
    const fetch = createPublicFetch({ allowedHosts: [server], timeoutMs: 200 });

    await expect(fetch(get(`http://${server}/`))).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it('gives up on a server that accepts and says nothing', async () => {
    const server = await localServer(() => {});
    const fetch = createPublicFetch({ allowedHosts: [server], timeoutMs: 100 });

    await expect(fetch(get(`http://${server}/`))).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it('gives up on a name that nobody answers for', async () => {
    const fetch = createPublicFetch({ allowedHosts: [], resolve: () => new Promise(() => {}), timeoutMs: 100 });

    await expect(fetch(get('http://silent.test/'))).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it("ends with the caller's own reason when the caller stops it", async () => {
    const stop = new AbortController();
    const server = await localServer(() => stop.abort(new Error('stopped')));
    const fetch = createPublicFetch({ allowedHosts: [server] });

    await expect(fetch(get(`http://${server}/`, { signal: stop.signal }))).rejects.toThrow('stopped');
  });
});

describe('servers that do not speak HTTP as they should', () => {
  it.each([
    ['close at once', ''],
    ['speak another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['switch protocols unasked', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    ['cut an answer short', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['send headers without end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`],
  ])('those that %s', async (_what, bytes) => {
    const raw = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(bytes);
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void raw.close());
    await once(raw, 'listening');
    const address = raw.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const fetch = createPublicFetch({ allowedHosts: ['127.0.0.1'] });

    await expect(fetch(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
  });

  it('and ports where nobody listens', async () => {
    const fetch = createPublicFetch({ allowedHosts: ['127.0.0.1'] });

    await expect(fetch(get('http://127.0.0.1:1/'))).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: 'The address cannot be reached (ECONNREFUSED).',
    });
  });
});
