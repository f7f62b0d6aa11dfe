import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../../base/clock.js';
import { AppError } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { BlobInfo, BlobStore, Upload } from '../../domain/blobs/blob-store.js';
import { checkKey, checkMediaType, keyIsTaken, MAX_EXPIRY_MS } from '../blob-rules.js';
import { namedStream } from '../named-stream.js';
import { isMissing, openBlob, writeBlob, type OpenBlob } from './blob-file.js';
import { folderOfPrefix, keyOfPath, pathOfKey } from './blob-path.js';
import { createObjectListener } from './object-listener.js';
import { ObjectAddresses } from './object-addresses.js';

/** Where objects lie until they are whole. No key leads here. */
const INCOMING = '.incoming';

/** Milliseconds after which what is still incoming, in a folder that others use too, was left by a process that has ended. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

type Options = {
  /** A folder of its own; it is made if missing. */
  readonly dir: string;
  /** No other process uses the folder: what is incoming when it is opened was left by one that has ended. @default false */
  readonly isAlone?: boolean;
  /** Signs addresses: 32 bytes. */
  readonly addressKey: Buffer;
  /** Where clients reach our HTTP server; null: addresses are paths. */
  readonly publicUrl: string | null;
  readonly clock: Clock;
  readonly log: Log;
};

/** Objects as files of a folder. Our own HTTP server serves those of {@link downloadUrl} and {@link upload}. */
export class FolderBlobStore implements BlobStore {
  /** To be called for every request under `/objects/`. */
  readonly listener: RequestListener;
  readonly #dir: string;
  readonly #baseUrl: string;
  readonly #clock: Clock;
  readonly #addresses: ObjectAddresses;

  private constructor({ dir, addressKey, publicUrl, clock, log }: Options) {
    this.#dir = dir;
    this.#baseUrl = publicUrl ?? '';
    this.#clock = clock;
    this.#addresses = new ObjectAddresses(addressKey, clock);
    this.listener = createObjectListener(this, this.#addresses, log);
  }

  static async open(options: Options): Promise<FolderBlobStore> {
    const incoming = join(options.dir, INCOMING);
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    await sweep(incoming, options.isAlone ? Infinity : options.clock.now().getTime() - ABANDONED_AFTER_MS);
    return new FolderBlobStore(options);
  }

  async put(
    key: string,
    content: Buffer | Readable,
    { isNew = false, ...options }: { mediaType: string; maxBytes: number; isNew?: boolean },
  ): Promise<BlobInfo> {
    checkMediaType(options.mediaType);
    const path = this.#pathOf(key);
    const draft = join(this.#dir, INCOMING, randomUUID());
    return named(async () => {
      const info = await writeBlob(draft, content, options);
      try {
        const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        // A link fails where there is a file; renaming would replace it.
        if (isNew) await linkNew(draft, path);
        else await rename(draft, path);
        await syncFolders(dirname(path), dirname(made ?? path));
        return info;
      } finally {
        await rm(draft, { force: true });
      }
    });
  }

  async read(key: string): Promise<Readable | null> {
    const blob = await this.open(key);
    return blob && namedStream(blob.content(), nameOf);
  }

  async stat(key: string): Promise<BlobInfo | null> {
    const blob = await this.open(key);
    if (!blob) return null;
    await blob.close();
    return { bytes: blob.bytes, mediaType: blob.mediaType };
  }

  /** The object as it is now, to be read or closed. */
  async open(key: string): Promise<OpenBlob | null> {
    const path = this.#pathOf(key);
    return named(() => openBlob(path));
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    await named(() => rm(path, { force: true }));
  }

  /** All keys are gathered before the first is given: a folder does not hold them in order. */
  async *list(prefix: string): AsyncIterable<string> {
    const folder = join(this.#dir, folderOfPrefix(prefix));
    const entries = await named(() => readdir(folder, { recursive: true, withFileTypes: true })).catch(
      (error: unknown) => {
        if (isMissing(error)) return [];
        throw error;
      },
    );
    const keys = entries
      .filter((entry) => entry.isFile())
      .map((entry) => keyOfPath(relative(this.#dir, join(entry.parentPath, entry.name))))
      .filter((key) => key !== null && key.startsWith(prefix));
    yield* keys
      .map((key) => Buffer.from(key ?? ''))
      .toSorted((one, other) => one.compare(other))
      .map(String);
  }

  async downloadUrl(
    key: string,
    { fileName, expiresInMs }: { fileName: string; expiresInMs: number },
  ): Promise<string> {
    checkKey(key);
    return this.#baseUrl + this.#addresses.write({ method: 'GET', key, expires: this.#end(expiresInMs), fileName });
  }

  async upload(
    key: string,
    { mediaType, bytes, expiresInMs }: { mediaType: string; bytes: number; expiresInMs: number },
  ): Promise<Upload> {
    checkKey(key);
    checkMediaType(mediaType);
    const path = this.#addresses.write({ method: 'PUT', key, expires: this.#end(expiresInMs), mediaType, bytes });
    return { url: this.#baseUrl + path, headers: { 'Content-Type': mediaType } };
  }

  /** @throws {AppError} SERVICE_UNAVAILABLE if the folder cannot be used. */
  async ping(): Promise<void> {
    await named(() => statfs(join(this.#dir, INCOMING)));
  }

  #pathOf(key: string): string {
    checkKey(key);
    return join(this.#dir, pathOfKey(key));
  }

  #end(expiresInMs: number): number {
    return this.#clock.now().getTime() + Math.min(expiresInMs, MAX_EXPIRY_MS);
  }
}

async function linkNew(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    throw isSystemError(error) && error.code === 'EEXIST' ? keyIsTaken() : error;
  }
}

/** A new name is on the disk once the folder that holds it is: from `lowest` up to `highest`. Windows has no such thing. */
async function syncFolders(lowest: string, highest: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(lowest, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  if (lowest !== highest) await syncFolders(dirname(lowest), highest);
}

async function sweep(incoming: string, before: number): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const { mtimeMs } = await stat(path);
    if (mtimeMs < before) await rm(path, { force: true });
  }
}

/** What the operating system refuses, such as a full disk, is thrown as SERVICE_UNAVAILABLE; all else passes as it is. */
async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw nameOf(error);
  }
}

function nameOf<E>(error: E): E | AppError {
  if (!isSystemError(error) || isMissing(error)) return error;
  const details = { isRetryable: true };
  return new AppError('SERVICE_UNAVAILABLE', 'Objects cannot be stored or read now.', details, { cause: error });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
