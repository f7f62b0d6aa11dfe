import type { Clock } from '../../base/clock.js';
import type { Session, SessionStore } from '../../domain/users/session-store.js';
import type { RedisConnection } from './connect-redis.js';
import { named } from './named-failures.js';
import { keyPart } from './redis-key.js';
import { END, END_ALL, IDS_OF, INSERT, TOUCH } from './session-scripts.js';

/** Sessions as keys that expire by themselves. */
export class RedisSessionStore implements SessionStore {
  readonly #sessionPrefix: string;
  readonly #userPrefix: string;

  constructor(
    private readonly redis: Pick<RedisConnection, 'commands' | 'prefix'>,
    private readonly clock: Clock,
  ) {
    this.#sessionPrefix = `${redis.prefix}session:`;
    this.#userPrefix = `${redis.prefix}sessions-of:`;
  }

  async insert({ id, userId, createdAt, idleUntil, absoluteUntil }: Session): Promise<void> {
    const ends = [idleUntil, absoluteUntil];
    await this.#run(
      INSERT,
      [this.#sessionKey(id), this.#userKey(userId)],
      [id, userId, ...[createdAt, ...ends].map(Number), ...ends.map((end) => this.#msTo(end)), this.#sessionPrefix],
    );
  }

  async touch(id: string, idleUntil: Date): Promise<Session | null> {
    const fields = await this.#run(TOUCH, [this.#sessionKey(id)], [idleUntil.getTime(), this.#msTo(idleUntil)]);
    return fields === null ? null : toSession(id, fields as string[]);
  }

  async find(id: string): Promise<Session | null> {
    const fields = await named(
      this.redis.commands.hmget(this.#sessionKey(id), 'userId', 'createdAt', 'idleUntil', 'absoluteUntil'),
    );
    return fields[0] ? toSession(id, fields as string[]) : null;
  }

  async idsOf(userId: string): Promise<readonly string[]> {
    return (await this.#run(IDS_OF, [this.#userKey(userId)], [this.#sessionPrefix])) as string[];
  }

  async end(id: string): Promise<boolean> {
    return (await this.#run(END, [this.#sessionKey(id)], [id, this.#userPrefix])) === 1;
  }

  async endAll(userId: string, exceptId = ''): Promise<readonly string[]> {
    return (await this.#run(END_ALL, [this.#userKey(userId)], [this.#sessionPrefix, exceptId])) as string[];
  }

  #run(script: string, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    return named(this.redis.commands.eval(script, keys.length, ...keys, ...values));
  }

  #msTo(end: Date): number {
    return end.getTime() - this.clock.now().getTime();
  }

  #sessionKey(id: string): string {
    return this.#sessionPrefix + keyPart(id);
  }

  #userKey(userId: string): string {
    return this.#userPrefix + keyPart(userId);
  }
}

/** @param fields User, then three times in milliseconds since 1970. */
function toSession(id: string, [userId = '', ...times]: readonly string[]): Session {
  const [createdAt, idleUntil, absoluteUntil] = times.map((time) => new Date(Number(time))) as [Date, Date, Date];
  return { id, userId, createdAt, idleUntil, absoluteUntil };
}
