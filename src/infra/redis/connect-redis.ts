import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../../base/log.js';
import type { Secret } from '../../base/secret.js';
import { named } from './named-failures.js';

/** Milliseconds after which a command counts as failed, waiting for a connection included: callers promise an answer within 2 s. */
const COMMAND_TIMEOUT_MS = 1_500;

/** Milliseconds between two looks whether a connection still answers: one that was cut silently would never tell. */
const CHECK_EVERY_MS = 2_000;

/** Milliseconds between two attempts to connect: more with each that fails, up to a limit. */
const retryDelayMs = (attempt: number) => Math.min(attempt * 100, 500);

const OPTIONS: RedisOptions = {
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: 2_000,
  disconnectTimeout: 200,
  maxRetriesPerRequest: 1,
  retryStrategy: retryDelayMs,
  disableClientInfo: true,
};

/** One Redis server, or a primary with replicas behind one address; not a Redis Cluster, since scripts touch several keys. */
export type RedisConnection = {
  readonly commands: Redis;
  /** For subscriptions only. It takes commands only while it is connected, and forgets its subscriptions with the connection. */
  readonly subscriber: Redis;
  /** What every key and channel begins with. */
  readonly prefix: string;
  /** @throws {AppError} SERVICE_UNAVAILABLE within 2 s if Redis does not answer, or takes no writes. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Connects, and connects again by itself whenever the connection is lost.
 *
 * @param options.prefix @default 'tomato:'
 * @throws {AppError} SERVICE_UNAVAILABLE within 2 s if Redis does not answer, or takes no writes; nothing is left open then.
 */
export async function connectRedis(
  url: Secret,
  { log, prefix = 'tomato:' }: { log: Log; prefix?: string },
): Promise<RedisConnection> {
  const commands = new Redis(url.reveal(), OPTIONS);
  const subscriber = new Redis(url.reveal(), {
    ...OPTIONS,
    autoResubscribe: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
  });
  leaveReplica(commands);
  reportOutages(commands, log.child({ redis: 'commands' }));
  reportOutages(subscriber, log.child({ redis: 'subscriber' }));
  const checking = setInterval(() => [commands, subscriber].forEach(check), CHECK_EVERY_MS).unref();
  const connection: RedisConnection = {
    commands,
    subscriber,
    prefix,
    async ping() {
      // A write: what cannot write, as a replica after a failover, answers a PING all the same, while every request needs more.
      await named(commands.del(`${prefix}ping`));
    },
    async close() {
      clearInterval(checking);
      await Promise.all([closed(commands), closed(subscriber)]);
    },
  };
  try {
    await connection.ping();
    // A number that Redis does not have would otherwise leave the connection at database 0.
    await named(commands.select(commands.options.db ?? 0));
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Connects anew where writes are refused: after a failover the old primary keeps its connections, while the address leads to the new one. */
function leaveReplica(redis: Redis): void {
  let isLeaving = false;
  redis.on('close', () => (isLeaving = false));
  redis.options.reconnectOnError = ({ message }) => {
    // Once a connection: the client would end it anew at every refusal that is still on its way.
    if (isLeaving || !message.startsWith('READONLY')) return false;
    isLeaving = true;
    return true;
  };
}

/** Says once when a connection is lost and once when it is back, however often it is tried in between. */
function reportOutages(redis: Redis, log: Log): void {
  let isDown = false;
  redis.on('error', (error) => {
    if (!isDown) log.warn({ error }, 'Redis does not answer; trying again until it does');
    isDown = true;
  });
  redis.on('ready', () => {
    if (isDown) log.info({}, 'Redis answers again');
    isDown = false;
  });
}

/** A connection on which no answer comes is given up, and a new one made. */
function check(redis: Redis): void {
  if (redis.status === 'ready') redis.ping().catch(() => redis.disconnect(true));
}

/** Commands under way get their answer first, if it comes in time. */
async function closed(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await redis.quit().catch(() => redis.disconnect());
  else redis.disconnect();
}
