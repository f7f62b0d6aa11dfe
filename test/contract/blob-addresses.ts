import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BlobStore, Upload } from '../../src/domain/blobs/blob-store.js';
import { contentOf, newKey } from './blob-store.js';

const MINUTE_MS = 60_000;
const TEXT = { mediaType: 'text/plain', maxBytes: 1_000 };

type Opened = {
  readonly store: BlobStore;
  /** Makes an address of the store one that `fetch` takes. */
  readonly absolute: (url: string) => string;
};

/** What the addresses of every BlobStore must do. */
export function describeBlobAddresses(open: () => Opened): void {
  describe('a download address', () => {
    it('gives the object to anybody, as a file to save under the name, never as a page', async () => {
      const { store, absolute } = open();
      const key = `${newKey()}/보고서 1%.html`;
      await store.put(key, Buffer.from('<script>'), { ...TEXT, mediaType: 'text/html' });

      const url = await store.downloadUrl(key, { fileName: '보고서 "1" 100%.html', expiresInMs: MINUTE_MS });
      const response = await fetch(absolute(url));

      expect(response.status).toBe(200);
      expect(await response.text()).toBe('<script>');
      expect(response.headers.get('content-type')).toBe('text/html');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-disposition')).toBe(
        `attachment; filename="___ _1_ 100_.html"; filename*=UTF-8''%EB%B3%B4%EA%B3%A0%EC%84%9C%20%221%22%20100%25.html`,
      );
    });

    it('is worth nothing when it is changed in any way, or when its time is over', async () => {
      const { store, absolute } = open();
      const [key, other] = [newKey(), newKey()];
      for (const each of [key, other]) await store.put(each, Buffer.from('x'), TEXT);
      const url = absolute(await store.downloadUrl(key, { fileName: 'x.txt', expiresInMs: MINUTE_MS }));
      const short = absolute(await store.downloadUrl(key, { fileName: 'x.txt', expiresInMs: 1_000 }));
      const changed = [
        url.replace(key, other),
        url.replace('x.txt', 'x.exe'),
        url.replace(/(?<=xpires=)\d+/, (digits) => `${digits}0`),
        url.replace(/(?<=ignature=).{4}/, '0000'),
        url.split('?')[0] ?? '',
      ];

      for (const each of changed) expect([each, (await fetch(each)).status]).toEqual([each, 403]);
      expect((await fetch(url, { method: 'PUT', body: 'y' })).status).toBe(403);
      expect((await fetch(url, { method: 'DELETE' })).status).not.toBeLessThan(400);
      await sleep(2_100);
      expect((await fetch(short)).status).toBe(403);
      expect((await fetch(url)).status).toBe(200);
    });

    it('of an object that is not there answers 404', async () => {
      const { store, absolute } = open();

      const url = await store.downloadUrl(newKey(), { fileName: 'x', expiresInMs: MINUTE_MS });

      expect((await fetch(absolute(url))).status).toBe(404);
    });
  });

  describe('an upload address', () => {
    const terms = { mediaType: 'image/png', bytes: 5, expiresInMs: MINUTE_MS };

    it('takes the object from anybody, once', async () => {
      const { store, absolute } = open();
      const key = `${newKey()}/그림.png`;
      const upload = await store.upload(key, terms);
      const put = (body: string) => fetch(absolute(upload.url), { method: 'PUT', headers: upload.headers, body });

      const first = await put('12345');
      const second = await put('67890');

      expect([first.ok, second.ok]).toEqual([true, false]);
      expect(second.status).toSatisfy((status: number) => status === 409 || status === 412);
      expect(await contentOf(store, key)).toEqual(Buffer.from('12345'));
      expect(await store.stat(key)).toEqual({ bytes: 5, mediaType: 'image/png' });
    });

    it.each<[string, (upload: Upload) => RequestInit & { url?: string }]>([
      ['another type', ({ headers }) => ({ headers: { ...headers, 'Content-Type': 'text/html' }, body: '12345' })],
      ['no type', () => ({ body: '12345' })],
      ['more bytes', ({ headers }) => ({ headers, body: '123456' })],
      ['fewer bytes', ({ headers }) => ({ headers, body: '1234' })],
      [
        'an unknown number of bytes',
        ({ headers }) => ({ headers, body: new Blob(['123456']).stream(), duplex: 'half' }),
      ],
      ['another address', ({ url, headers }) => ({ url: url.replace(/.(?=\.png)/, 'x'), headers, body: '12345' })],
    ])('takes nothing with %s', async (_what, request) => {
      const { store, absolute } = open();
      const key = `${newKey()}/a.png`;
      const upload = await store.upload(key, terms);
      const { url = upload.url, ...init } = request(upload);

      const response = await fetch(absolute(url), { method: 'PUT', ...init });

      expect(response.status).toSatisfy((status: number) => status >= 400 && status < 500);
      expect(await store.stat(key)).toBeNull();
    });

    it('takes nothing when its time is over', async () => {
      const { store, absolute } = open();
      const key = newKey();
      const upload = await store.upload(key, { ...terms, expiresInMs: 1_000 });
      await sleep(2_100);

      const response = await fetch(absolute(upload.url), { method: 'PUT', headers: upload.headers, body: '12345' });

      expect(response.status).toBe(403);
      expect(await store.stat(key)).toBeNull();
    });
  });
}
