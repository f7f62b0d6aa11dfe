import { badValue, cursorNotFound, unauthorized } from '../errors.js';
import { MAX_DOCUMENT_BYTES } from '../store/bson.js';
import type { CursorBatch } from '../wire/reply.js';
import { type Deadline, PATIENCE_MS } from './deadline.js';

/** A cursor that nobody asked for this long is closed, in milliseconds. */
export const CURSOR_LIFE_MS = 10 * 60_000;

/** Cursors that are open in the thread for slow reads have their ids from here on, the engine's own have smaller ones. */
export const SLOW_CURSORS_FROM = 2n ** 62n;

/** How many documents a first batch has when the client does not say. */
const FIRST_BATCH = 101;

export type CursorSource = {
  namespace: string;
  /** Undefined instead of a document means: no more for now (tailable cursors). */
  documents: Iterator<Buffer | undefined>;
  deadline: Deadline;
  /** Documents in the first batch. @default 101 */
  batchSize?: number | undefined;
  /** The client wants one batch, whatever is left. */
  isSingleBatch?: boolean;
  isTailable?: boolean;
  /** A getMore on this tailable cursor waits for documents to come. */
  awaitsData?: boolean;
  hasNoTimeout?: boolean;
};

type Cursor = CursorSource & {
  id: bigint;
  usedAt: number;
  /** Read, but not sent: it did not fit, or was read to learn whether there is more. */
  next: Buffer | undefined;
};

/** The open cursors of all connections. */
export class Cursors {
  readonly #cursors = new Map<bigint, Cursor>();
  #nextId: bigint;

  /**
   * @param firstId All ids are above it: two threads that begin far enough apart never give the same one.
   * @param onForget Called with a collection's namespace when all its cursors are closed.
   */
  constructor(
    firstId = 0n,
    private readonly onForget: (namespace: string) => void = () => undefined,
  ) {
    this.#nextId = firstId + (BigInt(Date.now()) << 20n);
  }

  /** The first batch; the cursor stays open only if there is more. */
  open(source: CursorSource): CursorBatch {
    const cursor: Cursor = { ...source, id: 0n, usedAt: Date.now(), next: undefined };
    const batchSize = source.batchSize ?? FIRST_BATCH;
    const batch = fill(cursor, batchSize);
    const hasMore = batchSize === 0 || cursor.next !== undefined || source.isTailable === true;
    if (hasMore && source.isSingleBatch !== true) {
      cursor.id = this.#nextId++;
      this.#cursors.set(cursor.id, cursor);
    }
    return { namespace: source.namespace, id: cursor.id, batch, isFirst: true };
  }

  /**
   * A batch that takes long is cut short, so that others have a turn before the next.
   *
   * @param batchSize 0 and undefined mean as many as a message holds.
   * @param maxTimeMs how long to wait for documents to come: for cursors that await data, and only these
   * @throws {EngineError} 43 if there is no such cursor, 13 if it belongs to another collection, 2 if it is not one to
   * wait for.
   */
  getMore(id: bigint, namespace: string, batchSize: number | undefined, maxTimeMs: number | undefined): CursorBatch {
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) throw cursorNotFound(`cursor id ${id} not found`);
    if (cursor.namespace !== namespace) {
      throw unauthorized(
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      );
    }
    if (maxTimeMs !== undefined && cursor.awaitsData !== true) {
      throw badValue('cannot set maxTimeMS on getMore command for a non-awaitData cursor');
    }
    cursor.usedAt = Date.now();
    cursor.deadline.restart(undefined);
    try {
      const size = batchSize === undefined || batchSize === 0 ? Infinity : batchSize;
      const batch = fill(cursor, size, performance.now() + PATIENCE_MS);
      const hasMore = cursor.next !== undefined || cursor.isTailable === true;
      if (!hasMore) this.kill(id);
      return { namespace, id: hasMore ? id : 0n, batch, isFirst: false };
    } catch (error) {
      this.kill(id);
      throw error;
    }
  }

  /** Whether a getMore may wait for documents to come. */
  awaitsData(id: bigint): boolean {
    return this.#cursors.get(id)?.awaitsData === true;
  }

  /** @returns whether it was there. */
  kill(id: bigint): boolean {
    this.#cursors.get(id)?.documents.return?.();
    return this.#cursors.delete(id);
  }

  killOf(namespace: string): void {
    for (const [id, cursor] of this.#cursors) if (cursor.namespace === namespace) this.kill(id);
    this.onForget(namespace);
  }

  /** Closes those that were left alone. */
  reap(now = Date.now()): void {
    for (const [id, { usedAt, hasNoTimeout }] of this.#cursors) {
      if (hasNoTimeout !== true && now - usedAt > CURSOR_LIFE_MS) this.kill(id);
    }
  }

  killAll(): void {
    for (const id of this.#cursors.keys()) this.kill(id);
  }

  get size(): number {
    return this.#cursors.size;
  }
}

function fill(cursor: Cursor, batchSize: number, endsAt = Infinity): Buffer[] {
  const batch: Buffer[] = [];
  if (batchSize === 0) return batch;
  let bytes = 0;
  while (batch.length < batchSize) {
    const document = take(cursor);
    if (document === undefined) return batch;
    const isFull = bytes + document.length > MAX_DOCUMENT_BYTES || performance.now() > endsAt;
    if (batch.length > 0 && isFull) {
      cursor.next = document;
      return batch;
    }
    bytes += document.length;
    batch.push(document);
  }
  cursor.next = cursor.isSingleBatch === true ? undefined : take(cursor);
  return batch;
}

function take(cursor: Cursor): Buffer | undefined {
  const { next } = cursor;
  cursor.next = undefined;
  if (next !== undefined) return next;
  const result = cursor.documents.next();
  return result.done === true ? undefined : result.value;
}
