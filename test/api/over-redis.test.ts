import { afterAll, beforeAll, expect, it } from 'vitest';
import { say, stall } from '../kit/fake-llm.js';
import { openHouse, PASSWORD, type RunningHouse } from '../kit/house.js';
import { describeOverOwnRedis } from '../kit/redis-server.js';
import { connectRedis, type RedisConnection } from '../../src/infra/redis/connect-redis.js';
import { silentLog } from '../../src/base/log.js';

describeOverOwnRedis('what Redis holds of people', (redis) => {
  let house: RunningHouse;
  let connection: RedisConnection;
  beforeAll(async () => {
    house = await openHouse({ env: { REDIS_URL: redis.url().reveal() } });
    connection = await connectRedis(redis.url(), { log: silentLog });
  });
  afterAll(async () => {
    await connection.close();
    await house.close();
  });

  const keysLike = async (pattern: string) => (await connection.commands.keys(`tomato:${pattern}`)).toSorted();

  it('is a session from the login on, and nothing of it after the logout', async () => {
    const ada = await house.join('ada');
    expect(await keysLike('session*')).toHaveLength(2);
    for (const key of await keysLike('*')) expect(key).not.toContain(ada.token);

    await ada.get('mutation { logout }');

    expect(await keysLike('session*')).toEqual([]);
  });

  it('is no session after a wrong password', async () => {
    await house.join('bob');
    const before = await keysLike('session*');

    const { errors } = await house.ask('mutation ($input: LoginInput!) { login(input: $input) { token } }', {
      input: { userName: 'bob', password: `${PASSWORD}!` },
    });

    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(await keysLike('session*')).toEqual(before);
  });

  it('may be lost in the middle of a session: it costs a login, and nothing that was said', async () => {
    const eve = await house.join('eve');
    const conversationId = await eve.createConversation();
    house.llm.script([say('Hello.'), stall('and then')]);
    await eve.turn(conversationId, 'Hi');
    const input = { conversationId, text: 'Go on', clientMessageId: 'second' };
    await eve.get('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }', { input });
    await house.llm.request(2);

    await connection.commands.flushall();

    const { errors } = await eve.ask('{ me { id } }');
    expect(errors?.[0]?.extensions.code).toBe('SESSION_EXPIRED');
    const { data } = await house.ask('mutation ($input: LoginInput!) { login(input: $input) { token } }', {
      input: { userName: 'eve', password: PASSWORD },
    });
    const { token } = (data as { login: { token: string } }).login;
    const found = await house.ask(
      'query ($id: ID!) { conversation(id: $id) { messages { nodes { text } } activeRun { status } } }',
      { id: conversationId },
      token,
    );
    expect(found).toMatchObject({
      data: {
        conversation: {
          messages: { nodes: [{ text: 'Hi' }, { text: 'Hello.' }, { text: 'Go on' }, {}] },
          activeRun: { status: 'RUNNING' },
        },
      },
    });
  });
});
