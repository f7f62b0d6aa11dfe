import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { BlobStore } from '../../src/domain/blobs/blob-store.js';

const BINARY = { mediaType: 'application/octet-stream', maxBytes: 1_000_000 };
const TEXT = { mediaType: 'text/plain; charset=utf-8', maxBytes: 1_000 };

/** What every BlobStore must do. */
export function describeBlobStore(open: () => BlobStore): void {
  describe('put', () => {
    it('stores a buffer, and replaces it', async () => {
      const store = open();
      const key = newKey();

      expect(await store.put(key, Buffer.from('토마토'), TEXT)).toEqual({ bytes: 9, mediaType: TEXT.mediaType });
      expect(await contentOf(store, key)).toEqual(Buffer.from('토마토'));
      expect(await store.put(key, Buffer.from('{}'), { ...TEXT, mediaType: 'application/json' })).toEqual({
        bytes: 2,
        mediaType: 'application/json',
      });

      expect(await contentOf(store, key)).toEqual(Buffer.from('{}'));
      expect(await store.stat(key)).toEqual({ bytes: 2, mediaType: 'application/json' });
    });

    it('stores a stream whose length nobody knows, byte for byte', async () => {
      const store = open();
      const key = newKey();
      const content = randomBytes(9_000_001);

      const info = await store.put(key, inPieces(content, 70_001), { ...BINARY, maxBytes: content.length });

      expect(info).toEqual({ bytes: content.length, mediaType: BINARY.mediaType });
      expect(content.equals(await contentOf(store, key))).toBe(true);
    });

    it('stores nothing at all', async () => {
      const store = open();
      const [key, streamed] = [newKey(), newKey()];

      await store.put(key, Buffer.alloc(0), TEXT);
      await store.put(streamed, Readable.from([]), TEXT);

      for (const each of [key, streamed])
        expect(await store.stat(each)).toEqual({ bytes: 0, mediaType: TEXT.mediaType });
    });

    it.each(['a buffer', 'a stream'])('leaves nothing behind of %s that is too large', async (form) => {
      const store = open();
      const key = newKey();
      const content = randomBytes(1_001);

      const putting = store.put(key, form === 'a buffer' ? content : inPieces(content, 100), TEXT);

      await expect(putting).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
      expect(await store.stat(key)).toBeNull();
      expect(await keysIn(store, key)).toEqual([]);
    });

    it('reads no further than the limit', async () => {
      const store = open();
      let given = 0;
      const endless = new Readable({
        read() {
          given += 1_000;
          this.push(Buffer.alloc(1_000));
        },
      });

      await expect(store.put(newKey(), endless, { ...BINARY, maxBytes: 10_000 })).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });

      expect(given).toBeLessThan(1_000_000);
      expect(endless.destroyed).toBe(true);
    });

    it('leaves what was there when the stream breaks off', async () => {
      const store = open();
      const key = newKey();
      await store.put(key, Buffer.from('before'), TEXT);
      const broken = Readable.from(
        (async function* () {
          yield Buffer.from('half');
          throw new Error('broken off');
        })(),
      );

      await expect(store.put(key, broken, TEXT)).rejects.toThrow('broken off');

      expect(await contentOf(store, key)).toEqual(Buffer.from('before'));
    });

    it('gives a new key to one of many who want it at once', async () => {
      const store = open();
      const key = newKey();
      const contents = Array.from({ length: 8 }, (_, i) => Buffer.from(`content ${i}`));

      const outcomes = await Promise.allSettled(
        contents.map((content, i) =>
          store.put(key, i % 2 ? content : Readable.from([content]), { ...TEXT, isNew: true }),
        ),
      );

      const refusals = outcomes
        .filter((outcome) => outcome.status === 'rejected')
        .map(({ reason }) => reason as unknown);
      expect(refusals).toEqual(Array(7).fill(expect.objectContaining({ code: 'CONFLICT' })));
      expect(await contentOf(store, key)).toEqual(contents[outcomes.findIndex(({ status }) => status === 'fulfilled')]);
    });
  });

  it('says that there is no such object', async () => {
    const store = open();

    expect(await store.read(newKey())).toBeNull();
    expect(await store.stat(newKey())).toBeNull();
  });

  it('deletes an object, and does not mind if there is none', async () => {
    const store = open();
    const key = newKey();
    await store.put(key, Buffer.from('x'), TEXT);

    await store.delete(key);
    await store.delete(key);

    expect(await store.stat(key)).toBeNull();
    expect(await keysIn(store, key)).toEqual([]);
  });

  it.each([
    'a',
    'A',
    'a.blob',
    'a.blob/b',
    'a/b',
    '보관함/노트 1.md',
    'per%20cent/100%',
    '.hidden/...',
    '=3d/+/~',
    'quote"s\'/<tag>&?#:*|\\',
    `long/${'x'.repeat(255)}/${'토'.repeat(85)}/${'토'.repeat(85)}`,
    '\u{1f345}',
  ])('holds objects by keys of all kinds: %s', async (name) => {
    const store = open();
    const key = `${newKey()}/${name}`;

    await store.put(key, Buffer.from(name), TEXT);

    expect(await contentOf(store, key)).toEqual(Buffer.from(name));
    expect(await keysIn(store, key)).toEqual([key]);
  });

  it.each([
    '',
    '/',
    'a//b',
    'a/',
    '/a',
    '.',
    '..',
    'a/../b',
    'a/./b',
    'a\0b',
    'x'.repeat(256),
    'x/'.repeat(512) + 'x',
    '\ud800',
  ])('refuses what is no key: %j', async (key) => {
    const store = open();

    await expect(store.put(key, Buffer.from('x'), TEXT)).rejects.toThrow(RangeError);
    await expect(store.read(key)).rejects.toThrow(RangeError);
    await expect(store.delete(key)).rejects.toThrow(RangeError);
    await expect(store.downloadUrl(key, { fileName: 'x', expiresInMs: 1_000 })).rejects.toThrow(RangeError);
  });

  it('tells upper and lower case apart', async () => {
    const store = open();
    const root = newKey();
    const keys = [`${root}/a`, `${root}/A`, `${root}/B/c`, `${root}/b/c`];

    for (const key of keys) await store.put(key, Buffer.from(key), TEXT);

    for (const key of keys) expect(await contentOf(store, key)).toEqual(Buffer.from(key));
  });

  it('lists keys by their beginning, in the order of their bytes', async () => {
    const store = open();
    const root = newKey();
    const names = ['a-b', 'a.b', 'a/b', 'a/c/d', 'a0', 'B', 'b', 'b2/x', '가/나', '\u{1f345}', '\uff5e'];
    for (const name of names) await store.put(`${root}/${name}`, Buffer.from('x'), TEXT);
    const list = async (prefix: string) =>
      (await keysIn(store, `${root}/${prefix}`)).map((key) => key.slice(root.length + 1));

    expect(await list('')).toEqual([
      'B',
      'a-b',
      'a.b',
      'a/b',
      'a/c/d',
      'a0',
      'b',
      'b2/x',
      '가/나',
      '\uff5e',
      '\u{1f345}',
    ]);
    expect(await list('a')).toEqual(['a-b', 'a.b', 'a/b', 'a/c/d', 'a0']);
    expect(await list('a/')).toEqual(['a/b', 'a/c/d']);
    expect(await list('가')).toEqual(['가/나']);
    expect(await list('nothing/here')).toEqual([]);
  });
}

export function newKey(): string {
  return `test/${randomUUID()}`;
}

export async function contentOf(store: BlobStore, key: string): Promise<Buffer> {
  const content = await store.read(key);
  if (!content) throw new Error(`There is no object ${key}.`);
  return buffer(content);
}

export async function keysIn(store: BlobStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

function inPieces(content: Buffer, bytes: number): Readable {
  const pieces = Array.from({ length: Math.ceil(content.length / bytes) }, (_, i) =>
    content.subarray(i * bytes, (i + 1) * bytes),
  );
  return Readable.from(pieces);
}
