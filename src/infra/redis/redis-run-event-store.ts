import type { RunEvent } from '../../domain/runs/run-event.js';
import type { RunEventStore } from '../../domain/runs/run-event-store.js';
import type { RedisConnection } from './connect-redis.js';
import { named } from './named-failures.js';
import { keyPart } from './redis-key.js';
import { decodeEvents, encodeEvents } from './run-event-codec.js';

/** Events in one entry of a stream: what a reader reads for nothing at most, when it comes back in the middle of one. */
const EVENTS_PER_ENTRY = 100;

/** Entries of one run; past that the oldest go. About: Redis drops whole blocks. */
const MAX_ENTRIES = 20_000;

/** Entries that are fetched at a time. */
const ENTRIES_PER_READ = 64;

/** Milliseconds after its last event at which a log goes whose end never came, as when its process was lost. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** KEYS stream. ARGV ms to keep it, most entries, then a seq and events for each entry. An entry that is there already is left as it is. */
const APPEND = `
for i = 3, #ARGV, 2 do
  local added = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], ARGV[i] .. '-0', 'events', ARGV[i + 1])
  if type(added) == 'table' and added.err and not string.find(added.err, 'equal or smaller', 1, true) then return added end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/**
 * Run logs as Redis Streams. An entry holds what was appended together; its id is the `seq` of the last event in it, so that no entry is added twice,
 * and an entry that repeats events of the one before does no harm: readers take each number once.
 */
export class RedisRunEventStore implements RunEventStore {
  readonly isShared = true;
  constructor(private readonly redis: Pick<RedisConnection, 'commands' | 'prefix'>) {}

  async append(runId: string, events: readonly RunEvent[]): Promise<void> {
    const entries: (string | number)[] = [];
    for (let from = 0; from < events.length; from += EVENTS_PER_ENTRY) {
      const entry = events.slice(from, from + EVENTS_PER_ENTRY);
      entries.push(entry.at(-1)?.seq ?? 0, encodeEvents(entry));
    }
    if (entries.length === 0) return;
    await named(this.redis.commands.eval(APPEND, 1, this.#key(runId), ABANDONED_AFTER_MS, MAX_ENTRIES, ...entries));
  }

  async read(runId: string, after: number, limit: number): Promise<RunEvent[]> {
    const key = this.#key(runId);
    const events: RunEvent[] = [];
    for (let seen = after; events.length < limit;) {
      const entries = await named(this.redis.commands.xrange(key, `${seen + 1}-0`, '+', 'COUNT', ENTRIES_PER_READ));
      for (const [, [, text = '[]']] of entries) {
        for (const event of decodeEvents(text)) {
          if (event.seq <= seen) continue;
          events.push(event);
          seen = event.seq;
        }
      }
      if (entries.length < ENTRIES_PER_READ) break;
    }
    return events.slice(0, limit);
  }

  async expire(runId: string, afterMs: number): Promise<void> {
    await named(this.redis.commands.pexpire(this.#key(runId), afterMs));
  }

  async drop(runId: string): Promise<void> {
    await named(this.redis.commands.unlink(this.#key(runId)));
  }

  #key(runId: string): string {
    return `${this.redis.prefix}run-events:${keyPart(runId)}`;
  }
}
