import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChildEngine, ChildServer } from '../kit/child-server.js';
import { Person } from '../kit/house.js';
import { describeOverOwnRedis } from '../kit/redis-server.js';

const SAVE = 'mutation ($input: CreateArchiveEntryInput!) { createArchiveEntry(input: $input) { id } }';
const SEARCH = 'query ($query: String!) { searchArchive(query: $query, first: 50) { entry { id content } } }';

type Found = { searchArchive: { entry: { id: string; content: string } }[] };

describeOverOwnRedis('the archive of a user on two servers with one database', (redis) => {
  let engine: ChildEngine;
  let first: ChildServer;
  let second: ChildServer;
  /** The same user with the same session, on either server. */
  let onFirst: Person;
  let onSecond: Person;
  beforeAll(async () => {
    engine = await ChildEngine.start();
    const env = {
      MONGO_URL: engine.url,
      REDIS_URL: redis.url().reveal(),
      TOMATO_SECRET: randomBytes(32).toString('base64'),
    };
    first = await ChildServer.start(env);
    second = await ChildServer.start(env);
    onFirst = await first.join();
    onSecond = new Person(second, onFirst.id, onFirst.token);
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await engine.close();
  });

  const entryOf = (content: string) => ({ input: { category: 'doc', title: '메모', summary: '정렬 코드', content } });
  const save = async (person: Person, content: string): Promise<string> =>
    (await person.get<{ createArchiveEntry: { id: string } }>(SAVE, entryOf(content))).createArchiveEntry.id;
  const find = async (person: Person): Promise<string[]> =>
    (await person.get<Found>(SEARCH, { query: '정렬' })).searchArchive.map(({ entry }) => entry.id).toSorted();

  it('is the same on both at once, whichever of them changes it', async () => {
    const ids: string[] = [];
    for (let round = 0; round < 4; round++) {
      const [writer, reader] = round % 2 === 0 ? [onFirst, onSecond] : [onSecond, onFirst];

      ids.push(await save(writer, `entry ${round}`));

      expect(await find(reader)).toEqual(ids.toSorted());
      expect(await find(writer)).toEqual(ids.toSorted());
    }
  });

  it('has everything that was acknowledged when one of them is killed in the middle of saving', async () => {
    const before = await find(onSecond);
    const acknowledged: string[] = [];
    const saving = Array.from({ length: 8 }, async (_, writer) => {
      for (let entry = 0; ; entry++) {
        const answer = await onFirst.ask(SAVE, entryOf(`${writer}/${entry}`)).catch(() => null);
        if (!answer?.data) return;
        acknowledged.push((answer.data as { createArchiveEntry: { id: string } }).createArchiveEntry.id);
        if (acknowledged.length === 20) await first.process.kill();
      }
    });
    await Promise.all(saving);

    expect(acknowledged.length).toBeGreaterThanOrEqual(20);
    expect(await find(onSecond)).toEqual(expect.arrayContaining([...before, ...acknowledged]));
    const late = await save(onSecond, 'afterwards');
    expect(await find(onSecond)).toContain(late);
  });
});
