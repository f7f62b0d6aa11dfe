import { mongo } from 'mongoose';
import { expect, it, vi } from 'vitest';
import { silentLog, type Log } from '../../src/base/log.js';
import { Secret } from '../../src/base/secret.js';
import { ConfigError } from '../../src/config.js';
import { connectMongo } from '../../src/infra/mongo/connection.js';
import { connectRedis } from '../../src/infra/redis/connect-redis.js';
import { waitForService } from '../../src/startup/wait-for-service.js';
import { describeOverRedis } from '../kit/redis-server.js';

const patience = { waitMs: 60_000, signal: new AbortController().signal, log: silentLog };

it('gives up at once where the address cannot be, and does not show it', async () => {
  const address = new URL('mongodb://127.0.0.1:1/?w=x&nonsense=1');
  Object.assign(address, { username: 'kim', password: 'sesame' });
  const waiting = waitForService('MongoDB', () => connectMongo(address.href), patience);

  const failure = await waiting.catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(ConfigError);
  expect(String(failure)).toMatch(/MONGO_URL is not an address/);
  expect(String(failure)).not.toMatch(/sesame/);
});

it.each<[Error, string]>([
  [
    new mongo.MongoServerError({ message: 'Authentication failed.', code: 18 }),
    'MongoDB does not take the name and the password in MONGO_URL.',
  ],
  [new mongo.MongoInvalidArgumentError('maxPoolSize'), 'MONGO_URL is not an address that the MongoDB driver takes.'],
  [new mongo.MongoAPIError('loadBalanced'), 'MONGO_URL is not an address that the MongoDB driver takes.'],
])('gives up at once at what the driver says: %s', async (error, problem) => {
  const connect = vi.fn<() => Promise<never>>().mockRejectedValue(error);

  await expect(waitForService('MongoDB', connect, patience)).rejects.toMatchObject({ problems: [problem] });

  expect(connect).toHaveBeenCalledOnce();
});

it('tries again what may pass', async () => {
  const connect = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('refused')).mockResolvedValue('there');

  expect(await waitForService('it', connect, patience)).toBe('there');
});

it('says what is missing, and why, after a minute', async () => {
  vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValueOnce(60_001);

  const waiting = waitForService('MongoDB', () => Promise.reject(new Error('refused')), patience);

  await expect(waiting).rejects.toMatchObject({ problems: ['MongoDB is not there: refused'] });
});

it('tells the operator what it waits for, and looks once more when nobody needs it any more', async () => {
  const starting = new AbortController();
  const refused = new Error('refused');
  const connect = vi.fn<() => Promise<never>>().mockRejectedValue(refused);
  const warn = vi.fn<Log['warn']>();
  const waiting = waitForService('Redis', connect, {
    ...patience,
    signal: starting.signal,
    log: { ...silentLog, warn },
  });
  await vi.waitFor(() => expect(warn).toHaveBeenCalledExactlyOnceWith({ error: refused }, 'waiting for Redis'));

  starting.abort();

  await expect(waiting).rejects.toMatchObject({ problems: ['Redis is not there: refused'] });
  expect(connect).toHaveBeenCalledTimes(2);
});

describeOverRedis('waitForService over Redis', ({ url }) => {
  const reach = (change: (address: URL) => void) => {
    const address = new URL(url().reveal());
    change(address);
    return waitForService('Redis', () => connectRedis(new Secret(address.href), { log: silentLog }), patience);
  };

  it.each<[string, (address: URL) => void, RegExp]>([
    ['a database that it does not have', (address) => (address.pathname = '/99'), /no database of the number/],
    [
      'a wrong password',
      (address) => Object.assign(address, { username: 'kim', password: 'sesame' }),
      /does not take the name and the password/,
    ],
  ])('gives up at once at %s', async (_, change, problem) => {
    await expect(reach(change)).rejects.toThrow(problem);
  });
});
