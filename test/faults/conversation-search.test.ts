import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChildEngine, ChildServer } from '../kit/child-server.js';
import { say, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import { Person } from '../kit/house.js';
import { describeOverOwnRedis } from '../kit/redis-server.js';

const SEARCH = 'query ($text: String) { searchConversations(text: $text) { nodes { conversation { id } } } }';

type Found = { searchConversations: { nodes: { conversation: { id: string } }[] } };

describeOverOwnRedis('what a user said on two servers with one database', (redis) => {
  let llm: FakeLlm;
  let engine: ChildEngine;
  let servers: ChildServer[];
  /** The same user with the same session, on either server. */
  let onFirst: Person;
  let onSecond: Person;
  beforeAll(async () => {
    llm = await startFakeLlm();
    engine = await ChildEngine.start();
    const env = {
      MONGO_URL: engine.url,
      REDIS_URL: redis.url().reveal(),
      TOMATO_SECRET: randomBytes(32).toString('base64'),
      VLLM_BASE_URL: llm.baseUrl,
      VLLM_MODEL: 'fake-1',
    };
    servers = [await ChildServer.start(env), await ChildServer.start(env)];
    onFirst = await servers[0]!.join();
    onSecond = new Person(servers[1]!, onFirst.id, onFirst.token);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await engine.close();
    await llm.close();
  });

  const find = async (person: Person): Promise<string[]> =>
    (await person.get<Found>(SEARCH, { text: '정렬' })).searchConversations.nodes.map(
      ({ conversation }) => conversation.id,
    );

  it('is found on both at once, and on neither once it is deleted', async () => {
    const ids: string[] = [];
    for (const [speaker, reader] of [
      [onFirst, onSecond],
      [onSecond, onFirst],
      [onFirst, onSecond],
    ] as const) {
      const id = await speaker.createConversation();
      llm.script([say('네')]);
      await speaker.turn(id, '리스트를 정렬해 줘');
      ids.unshift(id);

      expect(await find(reader)).toEqual(ids);
      expect(await find(speaker)).toEqual(ids);
    }

    await onSecond.get('mutation ($id: ID!) { deleteConversation(id: $id) }', { id: ids.pop()! });

    expect(await find(onFirst)).toEqual(ids);
    expect(await find(onSecond)).toEqual(ids);
  });
});
