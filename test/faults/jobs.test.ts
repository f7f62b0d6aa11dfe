import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChildEngine, ChildServer } from '../kit/child-server.js';
import { endOf, entriesOf, jobProgress, startImport, uploadFile, type SeenEntry, type SeenJob } from '../kit/files.js';
import { Person } from '../kit/house.js';
import { outagesOf, untilAnswered } from '../kit/outage.js';
import { describeOverOwnRedis } from '../kit/redis-server.js';

/** Milliseconds within which somebody must take over what a lost server has left. */
const TAKE_OVER_MS = 15_000;

/** Becomes some 24 entries, which takes some seconds. */
const CONTENT = Array.from(
  { length: 1_650 },
  (_, index) => `문단 ${index}: 리스트를 정렬하는 방법과 대기열을 비우는 순서를 적어 둔다.`,
).join('\n\n');

async function start(person: Person): Promise<string> {
  const file = { fileName: '기록.txt', mediaType: 'text/plain', content: CONTENT };
  return (await startImport(person, { uploadId: await uploadFile(person, file), category: 'doc' })).id;
}

/** Resolves once the job has so many entries. */
async function until(person: Person, id: string, entries: number): Promise<SeenJob> {
  for await (const job of jobProgress(person, id)) if (job.entries >= entries) return job;
  throw new Error('The job has ended before.');
}

const contentsOf = (entries: readonly SeenEntry[]) => entries.map(({ content }) => content);

/** Holds that every piece is there once, in order, and nothing else. */
function expectWhole(entries: readonly SeenEntry[]): void {
  expect(contentsOf(entries).join('\n\n')).toBe(CONTENT);
  expect(entries.map(({ title }) => title)).toEqual(entries.map((_, index) => `기록 (${index + 1})`));
}

describe('an import on a server that is killed again and again', () => {
  let server: ChildServer;
  beforeAll(async () => {
    server = await ChildServer.start({ TOMATO_SECRET: randomBytes(32).toString('base64') });
  });
  afterAll(() => server.close());

  it('is gone on with each time, and ends with every entry once', async () => {
    const person = await server.join();
    const id = await start(person);

    for (const entries of [6, 12, 18]) {
      await until(person, id, entries);
      await server.crash();
    }

    const job = await endOf(person, id);
    const entries = await entriesOf(person);
    expect(job).toMatchObject({ status: 'SUCCEEDED', entries: entries.length, error: null });
    expectWhole(entries);
  }, 120_000);
});

describe('an import while the database is away', () => {
  const OUTAGE_MS = 6_000;
  let engine: ChildEngine;
  let server: ChildServer;
  beforeAll(async () => {
    engine = await ChildEngine.start();
    server = await ChildServer.start({ MONGO_URL: engine.url });
  });
  afterAll(async () => {
    await server.close();
    await engine.close();
  });

  it.each(outagesOf(() => engine.process))(
    '($how) is gone on with once it is back, and ends with every entry once',
    async (outage) => {
      const person = await server.join();
      const id = await start(person);
      await until(person, id, 6);

      await outage.begin();
      await sleep(OUTAGE_MS);
      await outage.end();

      const job = await untilAnswered(TAKE_OVER_MS, () => endOf(person, id));
      expect(job).toMatchObject({ status: 'SUCCEEDED', error: null });
      expectWhole(await entriesOf(person));
    },
    60_000,
  );
});

describeOverOwnRedis('imports on two servers with one database', (redis) => {
  let engine: ChildEngine;
  let objects: string;
  let first: ChildServer;
  let second: ChildServer;
  beforeAll(async () => {
    engine = await ChildEngine.start();
    objects = await mkdtemp(join(tmpdir(), 'tomato-objects-'));
    const env = {
      MONGO_URL: engine.url,
      REDIS_URL: redis.url().reveal(),
      TOMATO_SECRET: randomBytes(32).toString('base64'),
      // Nothing but objects is kept there.
      DATA_DIR: objects,
    };
    first = await ChildServer.start(env);
    second = await ChildServer.start(env);
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await engine.close();
    await rm(objects, { recursive: true });
  });

  /** The same user with the same session, on either server. */
  async function meet(): Promise<{ onFirst: Person; onSecond: Person }> {
    const onFirst = await first.join();
    return { onFirst, onSecond: new Person(second, onFirst.id, onFirst.token) };
  }

  it('are seen on both as they get on, and cancelled from either', async () => {
    const { onFirst, onSecond } = await meet();
    const id = await start(onFirst);
    await until(onSecond, id, 6);
    const end = endOf(onSecond, id);

    const askedAt = performance.now();
    await onSecond.get('mutation ($id: ID!) { cancelJob(id: $id) { id } }', { id });

    expect(await end).toMatchObject({ status: 'CANCELLED' });
    // Sooner than the other server would look by itself.
    expect(performance.now() - askedAt).toBeLessThan(2_000);
    const { entries } = await endOf(onFirst, id);
    expect(await entriesOf(onFirst)).toHaveLength(entries);
  }, 60_000);

  it('are done once each, whoever does them', async () => {
    const people = [await meet(), await meet(), await meet()];

    const ids = await Promise.all(people.flatMap(({ onFirst, onSecond }) => [start(onFirst), start(onSecond)]));
    const ends = await Promise.all(ids.map((id, index) => endOf(people[Math.floor(index / 2)]!.onSecond, id)));

    expect(ends.map(({ status }) => status)).toEqual(ids.map(() => 'SUCCEEDED'));
    for (const { onFirst } of people) {
      const contents = contentsOf(await entriesOf(onFirst));
      expect(new Set(contents).size).toBe(contents.length / 2);
    }
  }, 120_000);

  it('are taken over when their server is killed, and end with every entry once', async () => {
    const { onFirst, onSecond } = await meet();
    const id = await start(onFirst);
    const { entries: before } = await until(onSecond, id, 6);

    await first.process.kill();
    const killedAt = performance.now();
    await until(onSecond, id, before + 6);

    expect(performance.now() - killedAt).toBeLessThan(TAKE_OVER_MS);
    expect(await endOf(onSecond, id)).toMatchObject({ status: 'SUCCEEDED' });
    expectWhole(await entriesOf(onSecond));
    await first.process.start();
  }, 60_000);

  it('are taken over from a server that was frozen, which adds nothing twice when it is thawed', async () => {
    const { onFirst, onSecond } = await meet();
    const id = await start(onFirst);
    const { entries: before } = await until(onSecond, id, 6);

    await first.process.freeze();
    await until(onSecond, id, before + 6);
    first.process.thaw();

    expect(await endOf(onSecond, id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await endOf(onFirst, id)).toMatchObject({ status: 'SUCCEEDED' });
    expectWhole(await entriesOf(onFirst));
  }, 60_000);

  it('are given back when their server is asked to stop, and taken up by the other at once', async () => {
    const { onFirst, onSecond } = await meet();
    const id = await start(onFirst);
    const { entries: before } = await until(onSecond, id, 6);

    const ended = first.process.end();
    await until(onSecond, id, before + 6);

    expect(await ended).toBe(0);
    expect(await endOf(onSecond, id)).toMatchObject({ status: 'SUCCEEDED' });
    expectWhole(await entriesOf(onSecond));
  }, 60_000);
});
