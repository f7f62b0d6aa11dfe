import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Needs } from '../needs.js';
import { analyzerVersion } from './analysis/text-terms.js';
import { ArchiveIndex } from './archive-index.js';
import type { IndexObject } from './index-object-store.js';

/** Smaller indexes are built from tokens nearly as fast as they are read. */
export const MIN_KEPT_ENTRIES = 2_000;

/** An index that has come so many changes further is written anew; an archive remembers more changes than that. */
const MAX_CHANGES_BEHIND = 50;

/** Milliseconds for which an object that nothing points at any more may still be read, or one that nothing points at yet be written. */
const GRACE_MS = 600_000;

/** Bytes that are hashed and handed on in one turn: about a millisecond. */
const CHUNK_BYTES = 1_048_576;

type Caching = Pick<Needs, 'blobs' | 'indexObjects' | 'morphemes' | 'clock' | 'newId' | 'log'>;

/**
 * Keeps large search indexes in the blob store, so that a process that needs one reads it instead of all tokens. It is never the truth: what is missing, damaged or
 * too old is built from tokens, and no failure here is a failure of a search.
 */
export class IndexCache {
  readonly #needs: Caching;
  /** Owners whose index is being written. */
  readonly #writing = new Set<string>();

  constructor(needs: Caching) {
    this.#needs = needs;
  }

  /** What is kept of an archive and fits the analyzer of this process; null for nothing. */
  async find(ownerId: string): Promise<IndexObject | null> {
    const object = await this.#needs.indexObjects.find(ownerId);
    return object?.analyzerVersion === analyzerVersion(this.#needs.morphemes) ? object : null;
  }

  /** The index as it was at the object's revision; null if it cannot be read. One that is missing or damaged is not asked for again. */
  async read(ownerId: string, object: IndexObject): Promise<ArchiveIndex | null> {
    const { blobs, log, indexObjects, clock } = this.#needs;
    try {
      const content = await blobs.read(object.key);
      const bytes = content && (await readAll(content, object));
      if (bytes) return ArchiveIndex.fromBuffer(bytes, object.analyzerVersion);
      log.warn({ ownerId, key: object.key }, 'an index in the blob store is missing or damaged; it is built anew');
      await indexObjects.withdraw(ownerId, object.key, clock.now());
    } catch (error) {
      log.warn({ ownerId, key: object.key, error }, 'an index in the blob store cannot be read; it is built anew');
    }
    return null;
  }

  /**
   * Writes an index of that revision, or of a later one, if it is large enough and what is kept is too old. One that has become small is not kept any longer.
   *
   * @returns The revision from which changes count towards the next write; null where none is kept. After a failure too it is this one, so that a store that is away is not asked at every search.
   */
  async keep(ownerId: string, index: ArchiveIndex, revision: number): Promise<number | null> {
    if (this.#writing.has(ownerId)) return revision;
    this.#writing.add(ownerId);
    try {
      const kept = await this.find(ownerId);
      if (index.entryCount < MIN_KEPT_ENTRIES) return await this.#drop(ownerId, kept);
      if (kept !== null && revision - kept.revision < MAX_CHANGES_BEHIND) return kept.revision;
      await this.#write(ownerId, index, revision);
      await this.#sweep(ownerId);
    } catch (error) {
      this.#needs.log.warn({ ownerId, error }, 'an index could not be kept in the blob store');
    } finally {
      this.#writing.delete(ownerId);
    }
    return revision;
  }

  /** Whether an index of this size and revision is to be written, where that revision is kept. */
  isDue({ entryCount }: ArchiveIndex, revision: number, kept: number | null): boolean {
    if (entryCount < MIN_KEPT_ENTRIES) return kept !== null;
    return kept === null || revision - kept >= MAX_CHANGES_BEHIND;
  }

  /** Objects are written once, each under a key of its own: two writers do not meet, and the later revision is pointed at. */
  async #write(ownerId: string, index: ArchiveIndex, revision: number): Promise<void> {
    const { blobs, indexObjects, clock, newId, morphemes } = this.#needs;
    const key = `archive-indexes/${ownerId}/${newId('blob')}`;
    await indexObjects.announce(ownerId, key, clock.now());
    const hash = createHash('sha256');
    const version = analyzerVersion(morphemes);
    const content = Readable.from(hashed(index.toChunks(version), hash), { objectMode: false });
    const { bytes } = await blobs.put(key, content, { mediaType: MEDIA_TYPE, maxBytes: MAX_OBJECT_BYTES, isNew: true });
    const object = { key, revision, analyzerVersion: version, bytes, sha256: hash.digest('hex') };
    await indexObjects.publish(ownerId, object, clock.now());
  }

  async #drop(ownerId: string, kept: IndexObject | null): Promise<null> {
    if (kept !== null) await this.#needs.indexObjects.withdraw(ownerId, kept.key, this.#needs.clock.now());
    await this.#sweep(ownerId);
    return null;
  }

  /** Deletes what nobody can be reading any more. */
  async #sweep(ownerId: string): Promise<void> {
    const { blobs, indexObjects, clock } = this.#needs;
    const loose = await indexObjects.listLoose(ownerId, new Date(clock.now().getTime() - GRACE_MS));
    if (loose.length === 0) return;
    for (const key of loose) await blobs.delete(key);
    await indexObjects.forget(ownerId, loose);
  }
}

const MEDIA_TYPE = 'application/octet-stream';

/** More than any index of an archive that fits into memory. */
const MAX_OBJECT_BYTES = 4_000_000_000;

async function* hashed(chunks: readonly Uint8Array[], hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES) {
      const part = chunk.subarray(at, at + CHUNK_BYTES);
      hash.update(part);
      yield part;
      await setImmediate();
    }
  }
}

/** Null if these are not the bytes that were written. */
async function readAll(content: Readable, { bytes, sha256 }: IndexObject): Promise<Buffer | null> {
  const whole = Buffer.allocUnsafeSlow(bytes);
  const hash = createHash('sha256');
  let at = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    if (at + chunk.length > bytes) return null;
    whole.set(chunk, at);
    hash.update(chunk);
    at += chunk.length;
  }
  return at === bytes && hash.digest('hex') === sha256 ? whole : null;
}
