import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../base/log.js';
import { ConfigError } from '../config.js';

export type Patience = {
  /** Milliseconds after which it is not tried again; 0 tries once. */
  readonly waitMs: number;
  /** That nobody needs it any more: then it is not tried again. */
  readonly signal: AbortSignal;
  /** Told before each further try. */
  readonly log: Log;
};

/**
 * Services may start in any order: tries again, each second, until they are there.
 *
 * @throws {ConfigError} at once where the service will never let us in as it is set; with what it failed with last, if it is not there in time.
 */
export async function waitForService<T>(
  name: string,
  connect: () => Promise<T>,
  { waitMs, signal, log }: Patience,
): Promise<T> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      const problem = problemOf(error);
      if (problem !== undefined) throw new ConfigError([problem]);
      if (signal.aborted || performance.now() >= giveUpAt)
        throw new ConfigError([`${name} is not there: ${error instanceof Error ? error.message : String(error)}`]);
      log.warn({ error }, `waiting for ${name}`);
      // An abort ends the pause at once: it is tried a last time, and that failure says what is missing.
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** By the name of the driver's error, or by what the service said. None of these shows the address, which holds a password. */
const PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/^Mongo(?:Parse|InvalidArgument|API)Error/, 'MONGO_URL is not an address that the MongoDB driver takes.'],
  [/^MongoServerError: Authentication failed/, 'MongoDB does not take the name and the password in MONGO_URL.'],
  [/^ReplyError: (?:NOAUTH|WRONGPASS)/, 'Redis does not take the name and the password in REDIS_URL.'],
  [/^ReplyError: ERR DB index is out of range/, 'Redis has no database of the number in REDIS_URL.'],
];

/** What is set wrongly; undefined for a failure that may pass. */
function problemOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const said = `${error.name}: ${error.message}`;
  return PROBLEMS.find(([pattern]) => pattern.test(said))?.[1] ?? problemOf(error.cause);
}
