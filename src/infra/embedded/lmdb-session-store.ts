import { mkdirSync, statfsSync } from 'node:fs';
import { IF_EXISTS, open, type Database, type RootDatabase } from 'lmdb';
import type { Clock } from '../../base/clock.js';
import { AppError } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Session, SessionStore } from '../../domain/users/session-store.js';

/** Milliseconds for which moved idle ends are gathered into one write. A crash takes no session, only this much of its idle time. */
const SAVE_EVERY_MS = 250;

/** Of every record: LMDB writes only over what is there (`IF_EXISTS`) where records have versions. */
const VERSION = 1;

/*
 * LMDB 3.5.6 must not meet a full disk, where it damages the memory of the process. Sessions are small and come last of all that is written; where none may
 * begin any more, they can still end.
 */
const KEPT_BYTES = 4 * 1024 * 1024;
const ALWAYS_KEPT_BYTES = 1024 * 1024;

const SLICE = 100;

/** Times are milliseconds since 1970. */
type SessionRecord = {
  readonly userId: string;
  readonly createdAt: number;
  readonly idleUntil: number;
  readonly absoluteUntil: number;
};

type Options = {
  /** A folder of its own; it is made if missing. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds between two rounds of removing what has ended. @default 60_000 */
  readonly sweepEveryMs?: number;
  /** What the disk of a folder has left for us. @default what the operating system says */
  readonly freeBytes?: (dir: string) => number;
};

/** Sessions in an LMDB file. A login or an end is on the disk once its promise resolves; other processes may use the same folder. */
export class LmdbSessionStore implements SessionStore {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #file: RootDatabase;
  readonly #sessions: Database<SessionRecord, string>;
  readonly #byUser: Database<true, [userId: string, sessionId: string]>;
  /** Idle ends that are not on the disk yet, by session. */
  readonly #moved = new Map<string, number>();
  readonly #sweeping: NodeJS.Timeout;
  /** What is under way, and needs the file to be open. */
  readonly #rounds = new Set<Promise<void>>();
  readonly #freeBytes: () => number;
  #saving: NodeJS.Timeout | undefined;
  #couldNotSave = false;
  #isClosed = false;

  constructor({ dir, clock, log, sweepEveryMs = 60_000, freeBytes = bytesFreeAt }: Options) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#clock = clock;
    this.#log = log;
    this.#freeBytes = () => freeBytes(dir);
    // Without overlappingSync a commit resolves when it is on the disk. With batches by turn, one that fails would reject a promise that nobody has.
    this.#file = open({ path: dir, noSubdir: false, maxDbs: 2, overlappingSync: false, eventTurnBatching: false });
    this.#sessions = this.#file.openDB('sessions', { encoding: 'json', useVersions: true });
    this.#byUser = this.#file.openDB('by-user', { encoding: 'json' });
    this.#sweeping = setInterval(() => this.#begin(this.#sweep()), sweepEveryMs).unref();
  }

  async insert({ id, userId, createdAt, idleUntil, absoluteUntil }: Session): Promise<void> {
    const record: SessionRecord = {
      userId,
      createdAt: createdAt.getTime(),
      idleUntil: Math.min(idleUntil.getTime(), absoluteUntil.getTime()),
      absoluteUntil: absoluteUntil.getTime(),
    };
    this.#requireRoom(KEPT_BYTES);
    // In this order, so that whatever a crash leaves, every session is found by its user.
    await written(this.#byUser.put([userId, id], true), this.#sessions.put(id, record, VERSION));
  }

  async touch(id: string, idleUntil: Date): Promise<Session | null> {
    const record = this.#live(id);
    if (record === null) return null;
    this.#moved.set(id, Math.min(idleUntil.getTime(), record.absoluteUntil));
    this.#saveSoon();
    return this.find(id);
  }

  async find(id: string): Promise<Session | null> {
    const record = this.#live(id);
    return record && toSession(id, record);
  }

  async idsOf(userId: string): Promise<readonly string[]> {
    return this.#idsOf(userId).filter((id) => this.#live(id) !== null);
  }

  async end(id: string): Promise<boolean> {
    const wasLive = this.#live(id) !== null;
    return (await this.#remove(id)) && wasLive;
  }

  async endAll(userId: string, exceptId?: string): Promise<readonly string[]> {
    const ids = this.#idsOf(userId).filter((id) => id !== exceptId);
    const ended = await inSlices(ids, (id) => this.end(id));
    return ids.filter((_id, i) => ended[i]);
  }

  /** @throws {AppError} SERVICE_UNAVAILABLE if sessions cannot be read. */
  async ping(): Promise<void> {
    this.#sessions.get('');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweeping);
    clearTimeout(this.#saving);
    await this.#save();
    await Promise.all(this.#rounds);
    await this.#file.close();
  }

  #live(id: string): SessionRecord | null {
    const record = this.#sessions.get(id);
    if (record === undefined) return null;
    const idleUntil = this.#moved.get(id) ?? record.idleUntil;
    return idleUntil > this.#clock.now().getTime() ? { ...record, idleUntil } : null;
  }

  #idsOf(userId: string): string[] {
    const keys = this.#byUser.getKeys({ start: [userId, ''], end: [userId, '\uffff'] });
    return [...keys].map(([, id]) => id);
  }

  /** False if somebody else has removed it. */
  async #remove(id: string): Promise<boolean> {
    const record = this.#sessions.get(id);
    if (!record) return false;
    this.#requireRoom(ALWAYS_KEPT_BYTES);
    const [isRemoved] = await written(this.#sessions.remove(id, IF_EXISTS), this.#byUser.remove([record.userId, id]));
    this.#moved.delete(id);
    return isRemoved === true;
  }

  /** @throws {AppError} SERVICE_UNAVAILABLE */
  #requireRoom(bytes: number): void {
    if (this.#freeBytes() < bytes) throw unsaved(new Error('ENOSPC: the disk is full'));
  }

  /** @param round Never rejects. */
  #begin(round: Promise<void>): void {
    this.#rounds.add(round);
    void round.then(() => this.#rounds.delete(round));
  }

  #saveSoon(): void {
    this.#saving ??= setTimeout(() => this.#begin(this.#save()), SAVE_EVERY_MS);
  }

  async #save(): Promise<void> {
    const round = [...this.#moved];
    try {
      await inSlices(round, ([id, idleUntil]) => this.#saveIdleEnd(id, idleUntil));
      for (const [id, idleUntil] of round) if (this.#moved.get(id) === idleUntil) this.#moved.delete(id);
      this.#couldNotSave = false;
    } catch (error) {
      if (!this.#couldNotSave)
        this.#log.warn({ error }, 'the idle times of sessions cannot be saved; trying again until they are');
      this.#couldNotSave = true;
    } finally {
      this.#saving = undefined;
      if (this.#moved.size > 0 && !this.#isClosed) this.#saveSoon();
    }
  }

  /** A session that has been removed in between stays removed. */
  async #saveIdleEnd(id: string, idleUntil: number): Promise<boolean> {
    const record = this.#sessions.get(id);
    if (record === undefined) return false;
    this.#requireRoom(KEPT_BYTES);
    const [isSaved] = await written(this.#sessions.put(id, { ...record, idleUntil }, VERSION, IF_EXISTS));
    return isSaved === true;
  }

  async #sweep(): Promise<void> {
    try {
      const ended = [...this.#sessions.getKeys()].filter((id) => this.#live(id) === null);
      await inSlices(ended, async (id) => !this.#isClosed && this.#remove(id));
    } catch (error) {
      this.#log.warn({ error }, 'ended sessions could not be removed; trying again later');
    }
  }
}

/** Does all, a hundred at a time: the room on the disk is looked at before each is queued, and must do for all that are. */
async function inSlices<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += SLICE) {
    results.push(...(await Promise.all(items.slice(at, at + SLICE).map(work))));
  }
  return results;
}

/** Waits until all is on the disk. What is written together is committed together, or in this order. */
async function written(...writes: readonly Promise<boolean>[]): Promise<readonly boolean[]> {
  try {
    return await Promise.all(writes);
  } catch (cause) {
    hearOut(cause);
    throw unsaved(cause);
  }
}

const unsaved = (cause: unknown): AppError =>
  new AppError('SERVICE_UNAVAILABLE', 'Sessions cannot be saved.', { isRetryable: true }, { cause });

function bytesFreeAt(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

/** LMDB tells why a commit failed by a second promise, which must not be left without a listener; it prints the reason itself. */
function hearOut(failure: unknown): void {
  if (failure instanceof Error && 'commitError' in failure) Promise.resolve(failure.commitError).catch(() => {});
}

function toSession(id: string, { userId, createdAt, idleUntil, absoluteUntil }: SessionRecord): Session {
  return {
    id,
    userId,
    createdAt: new Date(createdAt),
    idleUntil: new Date(idleUntil),
    absoluteUntil: new Date(absoluteUntil),
  };
}
