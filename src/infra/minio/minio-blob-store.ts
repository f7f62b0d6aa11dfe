import { once } from 'node:events';
import type { request as httpRequest, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Client, S3Error } from 'minio';
import { systemClock } from '../../base/clock.js';
import type { Secret } from '../../base/secret.js';
import type { BlobInfo, BlobStore, Upload } from '../../domain/blobs/blob-store.js';
import { attachment, checkKey, checkMediaType, keyIsTaken, MAX_EXPIRY_MS, tooLarge } from '../blob-rules.js';
import { namedStream } from '../named-stream.js';
import { isMissing, named, nameOf, UnexpectedAnswer } from './named-failures.js';
import { patientRequest } from './patient-transport.js';
import { encodeStrictly, presign, type SignedRequest } from './presign.js';
import { measured, spool, type Measured } from './spool.js';

/** Seconds for which the addresses last that we use ourselves. */
const OWN_EXPIRY_SECONDS = 300;

/** What S3 answers when there is an object already, and when somebody is just making it. */
const TAKEN = [412, 409];

type Options = {
  readonly endpoint: string;
  readonly region: string;
  /** Made if it is missing. */
  readonly bucket: string;
  readonly accessKey: Secret;
  readonly secretKey: Secret;
  /** Where clients reach the store; null: at its endpoint. */
  readonly publicUrl: string | null;
};

/** Objects in a bucket of MinIO, or of another store that speaks S3 with paths. An object has at most 5 GiB. */
export class MinioBlobStore implements BlobStore {
  readonly #client: Client;
  readonly #options: Options;

  private constructor(options: Options) {
    const { protocol, hostname, port } = new URL(options.endpoint);
    this.#options = options;
    this.#client = new Client({
      endPoint: hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      useSSL: protocol === 'https:',
      accessKey: options.accessKey.reveal(),
      secretKey: options.secretKey.reveal(),
      region: options.region,
      transport: { request: patientRequest as typeof httpRequest },
      retryOptions: { disableRetry: true },
    });
  }

  /** @throws {AppError} SERVICE_UNAVAILABLE if the store does not answer within 5 s, or does not let us in. */
  static async connect(options: Options): Promise<MinioBlobStore> {
    const store = new MinioBlobStore(options);
    await named(() => store.#makeBucket());
    return store;
  }

  async put(
    key: string,
    content: Buffer | Readable,
    { mediaType, maxBytes, isNew = false }: { mediaType: string; maxBytes: number; isNew?: boolean },
  ): Promise<BlobInfo> {
    checkKey(key);
    checkMediaType(mediaType);
    if (Buffer.isBuffer(content) && content.length > maxBytes) throw tooLarge(maxBytes);
    const whole = Buffer.isBuffer(content) ? measured(content) : await spool(content, maxBytes);
    try {
      await named(() =>
        this.#send(key, whole, { 'content-type': mediaType, ...(isNew ? { 'if-none-match': '*' } : {}) }),
      );
      return { bytes: whole.bytes, mediaType };
    } finally {
      await whole.close();
    }
  }

  async read(key: string): Promise<Readable | null> {
    checkKey(key);
    const content = await orNull(() => this.#client.getObject(this.#options.bucket, key));
    return content && namedStream(content, nameOf);
  }

  async stat(key: string): Promise<BlobInfo | null> {
    checkKey(key);
    const found = await orNull(() => this.#client.statObject(this.#options.bucket, key));
    return found && { bytes: found.size, mediaType: String(found.metaData['content-type']) };
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    await named(() => this.#client.removeObject(this.#options.bucket, key));
  }

  async *list(prefix: string): AsyncIterable<string> {
    const items = this.#client.listObjectsV2(this.#options.bucket, prefix, true)[Symbol.asyncIterator]();
    for (;;) {
      const next = await named(() => items.next());
      if (next.done) return;
      const { name } = next.value as { name?: string };
      if (name !== undefined) yield name;
    }
  }

  async downloadUrl(
    key: string,
    { fileName, expiresInMs }: { fileName: string; expiresInMs: number },
  ): Promise<string> {
    const query = { 'response-content-disposition': attachment(fileName) };
    return this.#publicAddress(key, { method: 'GET', query, expiresInMs });
  }

  async upload(
    key: string,
    { mediaType, bytes, expiresInMs }: { mediaType: string; bytes: number; expiresInMs: number },
  ): Promise<Upload> {
    checkMediaType(mediaType);
    const headers = { 'Content-Type': mediaType, 'If-None-Match': '*' };
    const signed = { ...headers, 'Content-Length': String(bytes) };
    return { url: this.#publicAddress(key, { method: 'PUT', headers: signed, expiresInMs }), headers };
  }

  /** @throws {AppError} SERVICE_UNAVAILABLE within 5 s if the bucket cannot be reached. */
  async ping(): Promise<void> {
    await named(() => this.#client.bucketExists(this.#options.bucket));
  }

  async #makeBucket(): Promise<void> {
    const { bucket, region } = this.#options;
    if (await this.#client.bucketExists(bucket)) return;
    await this.#client.makeBucket(bucket, region).catch((error: unknown) => {
      const isThere = error instanceof S3Error && error.code === 'BucketAlreadyOwnedByYou';
      if (!isThere) throw error;
    });
  }

  /** The client's own `putObject` would hold all of it in memory, or send it in parts that cannot be kept from replacing what is there. */
  async #send(key: string, content: Measured, more: Readonly<Record<string, string>>): Promise<void> {
    const headers = { ...more, 'content-length': String(content.bytes) };
    const address = this.#address(this.#options.endpoint, key, {
      method: 'PUT',
      headers,
      expiresInSeconds: OWN_EXPIRY_SECONDS,
    });
    const { protocol, hostname, port, pathname, search } = new URL(address);
    const request = patientRequest({ method: 'PUT', protocol, hostname, port, path: pathname + search, headers });
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    // An answer may come before all is sent; then that is what counts.
    const [answer] = await Promise.race([answered, pipeline(content.read(), request).then(() => answered)]);
    const status = answer.statusCode ?? 0;
    const body = await text(answer);
    if (TAKEN.includes(status)) throw keyIsTaken();
    if (status !== 200) throw new UnexpectedAnswer(status, body);
  }

  #publicAddress(
    key: string,
    { expiresInMs, ...request }: Pick<SignedRequest, 'method' | 'headers' | 'query'> & { expiresInMs: number },
  ): string {
    const expiresInSeconds = Math.max(Math.ceil(Math.min(expiresInMs, MAX_EXPIRY_MS) / 1000), 1);
    return this.#address(this.#options.publicUrl ?? this.#options.endpoint, key, { ...request, expiresInSeconds });
  }

  #address(base: string, key: string, request: Omit<SignedRequest, 'url' | 'now'>): string {
    checkKey(key);
    const path = [this.#options.bucket, ...key.split('/')].map(encodeStrictly).join('/');
    return presign(this.#options, { ...request, url: new URL(`${base}/${path}`), now: systemClock.now() });
  }
}

async function orNull<T>(find: () => Promise<T>): Promise<T | null> {
  return named(async () => {
    try {
      return await find();
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  });
}
