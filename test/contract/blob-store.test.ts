import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import { FolderBlobStore } from '../../src/infra/embedded/folder-blob-store.js';
import { MinioBlobStore } from '../../src/infra/minio/minio-blob-store.js';
import { describeOverS3 } from '../kit/minio-server.js';
import { describeBlobAddresses } from './blob-addresses.js';
import { contentOf, describeBlobStore, newKey } from './blob-store.js';

/** Where Linux lists the files that this process has open. */
const OPEN_FILES = '/proc/self/fd';

/** One may be closed while they are looked through. */
const openFiles = () =>
  Promise.all(readdirSync(OPEN_FILES).map((name) => readlink(join(OPEN_FILES, name)).catch(() => '')));

describe('FolderBlobStore', () => {
  let dir: string;
  const openStore = (more: { dir?: string; isAlone?: boolean; publicUrl?: string; addressKey?: Buffer } = {}) =>
    FolderBlobStore.open({
      dir,
      isAlone: false,
      addressKey: Buffer.alloc(32, 's'),
      publicUrl: null,
      clock: systemClock,
      log: silentLog,
      ...more,
    });
  let store: FolderBlobStore;
  let server: Server;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tomato-objects-'));
    store = await openStore();
    server = createServer((request, response) => store.listener(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true });
  });

  const port = () => (server.address() as AddressInfo).port;
  const absolute = (url: string) => new URL(url, `http://127.0.0.1:${port()}`).href;
  const incoming = () => readdirSync(join(dir, '.incoming'));

  describeBlobStore(() => store);
  describeBlobAddresses(() => ({ store, absolute }));

  it('has nothing incoming once all is done', () => {
    expect(incoming()).toEqual([]);
  });

  it('answers a ping', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('writes addresses of the public address where there is one', async () => {
    const publicStore = await openStore({ publicUrl: 'https://chat.example.com' });

    expect(await publicStore.downloadUrl('a/b', { fileName: 'b', expiresInMs: 1_000 })).toMatch(
      /^https:\/\/chat\.example\.com\/objects\/a\/b\?/,
    );
  });

  it('takes no address that another secret has signed', async () => {
    const stranger = await openStore({ addressKey: Buffer.alloc(32, 't') });
    const key = newKey();
    await store.put(key, Buffer.from('x'), { mediaType: 'text/plain', maxBytes: 1 });

    const url = await stranger.downloadUrl(key, { fileName: 'x', expiresInMs: 60_000 });

    expect((await fetch(absolute(url))).status).toBe(403);
  });

  it('says in JSON why it refuses, and closes the connection on what it will not read', async () => {
    const response = await fetch(absolute('/objects/a/b'));

    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({
      code: 'FORBIDDEN',
      message: 'The address is not valid, or has expired.',
    });
    expect(response.headers.get('connection')).toBe('close');
  });

  it.each(['/objects/', '/objects/%', '/objects/../secret', '/objects/%2e%2e/secret', '/objects//etc/passwd'])(
    'gives nothing of %s',
    async (path) => {
      expect((await fetch(absolute(path))).status).toBe(403);
    },
  );

  it('answers HEAD as it would GET, without the content', async () => {
    const key = newKey();
    await store.put(key, Buffer.from('12345'), { mediaType: 'text/plain', maxBytes: 5 });

    const response = await fetch(absolute(await store.downloadUrl(key, { fileName: 'x', expiresInMs: 60_000 })), {
      method: 'HEAD',
    });

    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '5', '']);
  });

  it('takes one upload at a time at an address: the newest', async () => {
    const key = newKey();
    const { url } = await store.upload(key, { mediaType: 'text/plain', bytes: 100_000, expiresInMs: 60_000 });
    const head = `PUT ${url} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n`;
    const socket = connect(port(), '127.0.0.1', () => socket.write(head + 'x'.repeat(50_000)));
    const isClosed = once(socket, 'close');
    await expect.poll(incoming).toHaveLength(1);

    const body = 'y'.repeat(100_000);
    const answer = await fetch(absolute(url), { method: 'PUT', headers: { 'content-type': 'text/plain' }, body });

    expect(answer.status).toBe(201);
    await isClosed;
    await expect.poll(incoming).toEqual([]);
    expect(await contentOf(store, key)).toEqual(Buffer.from(body));
  });

  it('keeps nothing of an upload that breaks off', async () => {
    const key = newKey();
    const { url } = await store.upload(key, { mediaType: 'text/plain', bytes: 100_000, expiresInMs: 60_000 });
    const head = `PUT ${url} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n`;
    const socket = connect(port(), '127.0.0.1', () => socket.write(head + 'x'.repeat(50_000)));
    await expect.poll(incoming).toHaveLength(1);

    socket.destroy();

    await expect.poll(incoming).toEqual([]);
    expect(await store.stat(key)).toBeNull();
  });

  it('removes when it opens what a crash has left incoming, but not what may still be coming', async () => {
    const [left, coming] = [join(dir, '.incoming', 'left'), join(dir, '.incoming', 'coming')];
    for (const path of [left, coming]) writeFileSync(path, 'half');
    utimesSync(left, new Date(), new Date(Date.now() - 25 * 3_600_000));

    await openStore();

    expect(incoming()).toEqual(['coming']);
    rmSync(coming);
  });

  it('removes when it opens all that is incoming where nobody else uses the folder', async () => {
    const before = await openStore({ dir: join(dir, 'alone'), isAlone: true });
    writeFileSync(join(dir, 'alone', '.incoming', 'left'), 'half');
    await before.put('a/b', Buffer.from('x'), { mediaType: 'text/plain', maxBytes: 1 });

    const store = await openStore({ dir: join(dir, 'alone'), isAlone: true });

    expect(readdirSync(join(dir, 'alone', '.incoming'))).toEqual([]);
    expect(await contentOf(store, 'a/b')).toEqual(Buffer.from('x'));
  });

  it('names it an outage where the disk fails while an object is read', async () => {
    const key = newKey();
    const bytes = 1_000_000;
    await store.put(key, Buffer.alloc(bytes, 'a'), { mediaType: 'text/plain', maxBytes: bytes });
    const reading = await store.read(key);
    const file = await open(join(dir, 'probe'), 'w');
    const failure = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    vi.spyOn(Object.getPrototypeOf(file) as typeof file, 'read').mockRejectedValue(failure);
    onTestFinished(() => void vi.restoreAllMocks());

    await expect(buffer(reading!)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      details: { isRetryable: true },
      cause: failure,
    });
    await file.close();
  });

  it.each([
    ['a buffer', () => Buffer.alloc(100_000)],
    ['a stream', () => Readable.from(Array.from({ length: 10 }, () => Buffer.alloc(100_000)))],
  ])('names it an outage where the disk is full for %s, and leaves nothing of it', async (_, content) => {
    const file = await open(join(dir, 'probe'), 'w');
    const failure = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    vi.spyOn(Object.getPrototypeOf(file) as typeof file, 'writeFile').mockRejectedValue(failure);
    onTestFinished(() => void vi.restoreAllMocks());

    await expect(
      store.put(newKey(), content(), { mediaType: 'text/plain', maxBytes: 2_000_000 }),
    ).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { isRetryable: true }, cause: failure });
    expect(incoming()).toEqual([]);
    await file.close();
  });

  it.skipIf(!existsSync(OPEN_FILES))('lets the file go when a reader leaves, and names no outage', async () => {
    const key = newKey();
    await store.put(key, Buffer.alloc(1_000_000, 'a'), { mediaType: 'text/plain', maxBytes: 1_000_000 });
    const reading = await store.read(key);

    reading!.destroy(new Error('enough'));

    await expect(finished(reading!)).rejects.toThrow('enough');
    await expect.poll(async () => (await openFiles()).filter((path) => path.startsWith(dir))).toEqual([]);
  });

  it.skipIf(!existsSync(OPEN_FILES))('leaves no file open of an object that was only asked about', async () => {
    const key = newKey();
    await store.put(key, Buffer.from('12345'), { mediaType: 'text/plain', maxBytes: 5 });

    await store.stat(key);
    await fetch(absolute(await store.downloadUrl(key, { fileName: 'x', expiresInMs: 60_000 })), { method: 'HEAD' });

    // At once: what is let go of without being closed is closed some time later.
    expect((await openFiles()).filter((path) => path.includes(key))).toEqual([]);
  });

  it('gives a reader the object that was there when it began, whatever replaces it', async () => {
    const key = newKey();
    const options = { mediaType: 'text/plain', maxBytes: 10_000_000 };
    const old = Buffer.alloc(5_000_000, 'a');
    await store.put(key, old, options);

    const reading = await store.read(key);
    await store.put(key, Buffer.from('new'), options);
    let bytes = 0;
    for await (const chunk of reading ?? []) bytes += (chunk as Buffer).length;

    expect(bytes).toBe(old.length);
    expect(await contentOf(store, key)).toEqual(Buffer.from('new'));
  });
});

describeOverS3('MinioBlobStore', ({ account }) => {
  const bucket = `test-${randomUUID()}`;
  let store: MinioBlobStore;
  beforeAll(async () => {
    store = await MinioBlobStore.connect({ ...account(), bucket });
  });

  describeBlobStore(() => store);

  it('names it an outage where there is no room for a stream of unknown length', async () => {
    const probe = await open('/dev/null', 'w');
    const failure = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    vi.spyOn(Object.getPrototypeOf(probe) as typeof probe, 'writeFile').mockRejectedValue(failure);
    onTestFinished(() => void vi.restoreAllMocks());
    const content = Readable.from(Array.from({ length: 10 }, () => Buffer.alloc(100_000)));

    await expect(store.put(newKey(), content, { mediaType: 'text/plain', maxBytes: 2_000_000 })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      details: { isRetryable: true },
      cause: failure,
    });
    await probe.close();
  });
  describeBlobAddresses(() => ({ store, absolute: (url) => url }));

  it('writes addresses of the public address where there is one', async () => {
    const publicUrl = account().endpoint.replace('127.0.0.1', 'localhost');
    const publicStore = await MinioBlobStore.connect({ ...account(), publicUrl, bucket });
    const key = newKey();

    const upload = await publicStore.upload(key, { mediaType: 'text/plain', bytes: 1, expiresInMs: 60_000 });
    await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: 'x' });
    const url = await publicStore.downloadUrl(key, { fileName: 'x', expiresInMs: 60_000 });

    expect([upload.url, url].map((each) => new URL(each).origin)).toEqual([publicUrl, publicUrl]);
    expect(await (await fetch(url)).text()).toBe('x');
  });

  it('answers a ping, and opens a bucket that is there already', async () => {
    const again = await MinioBlobStore.connect({ ...account(), bucket });

    await expect(again.ping()).resolves.toBeUndefined();
  });
});
