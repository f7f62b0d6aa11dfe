import { Readable } from 'node:stream';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { MinioBlobStore } from '../../src/infra/minio/minio-blob-store.js';
import { describeOverOwnMinio } from '../kit/minio-server.js';
import { contentOf, keysIn, newKey } from './blob-store.js';

const TEXT = { mediaType: 'text/plain', maxBytes: 100_000_000 };
const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE', details: { isRetryable: true } });

describeOverOwnMinio('While MinIO', ({ account, server }) => {
  let store: MinioBlobStore;
  const kept = newKey();
  beforeAll(async () => {
    store = await MinioBlobStore.connect({ ...account(), bucket: 'outages' });
    await store.put(kept, Buffer.from('kept'), TEXT);
  });

  const outages = {
    'is gone': { begin: () => server().kill(), end: () => server().start() },
    'is frozen': { begin: async () => server().freeze(), end: async () => server().thaw() },
  };
  let isOut: (typeof outages)['is gone'] | null = null;
  afterEach(async () => {
    await isOut?.end();
    isOut = null;
  });

  it.each(Object.keys(outages) as (keyof typeof outages)[])(
    '%s, everything is refused within 5 s, and works again within 5 s of its return',
    { timeout: 60_000 },
    async (outage) => {
      isOut = outages[outage];
      await isOut.begin();

      await Promise.all(
        everyQuestion(store).map(async (ask) => {
          const startedAt = performance.now();
          await expect(ask()).rejects.toEqual(unavailable);
          expect(performance.now() - startedAt).toBeLessThan(5_000);
        }),
      );
      await isOut.end();
      isOut = null;

      for (const ask of everyQuestion(store)) await vi.waitFor(ask, { timeout: 5_000, interval: 100 });
      expect(await contentOf(store, kept)).toEqual(Buffer.from('kept'));
    },
  );

  it('lets nobody in with those keys, that is a refusal as well', async () => {
    const stranger = MinioBlobStore.connect({ ...account(), secretKey: account().accessKey, bucket: 'outages' });

    await expect(stranger).rejects.toEqual(unavailable);
  });

  it('is killed in the middle of an upload, nothing of it is there afterwards', async () => {
    const key = newKey();
    const putting = store.put(key, Buffer.alloc(50_000_000), TEXT);
    isOut = outages['is gone'];

    await Promise.all([expect(putting).rejects.toEqual(unavailable), isOut.begin()]);
    await isOut.end();
    isOut = null;

    await vi.waitFor(async () => expect(await store.stat(key)).toBeNull(), { timeout: 5_000, interval: 100 });
  });
});

function everyQuestion(store: MinioBlobStore): readonly (() => Promise<unknown>)[] {
  const key = newKey();
  return [
    () => store.ping(),
    () => store.put(key, Buffer.from('x'), TEXT),
    () => store.put(key, Readable.from([Buffer.from('x')]), TEXT),
    () => store.read(key),
    () => store.stat(key),
    () => store.delete(key),
    () => keysIn(store, 'test/'),
  ];
}
