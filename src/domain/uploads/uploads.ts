import { AppError, InvalidInputError, NotFoundError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import { doPastFailures } from '../../base/past-failures.js';
import type { Upload as UploadAddress } from '../blobs/blob-store.js';
import type { Needs } from '../needs.js';
import { requireCreator } from '../users/policy.js';
import type { Actor } from '../users/user.js';
import type { Upload, UploadPurpose } from './upload.js';

/** Milliseconds for which the address of an upload is good. */
const ADDRESS_GOOD_MS = 3_600_000;

/** Milliseconds after which an upload is deleted, and the job that has taken it cannot be asked for by it any more. */
const KEPT_MS = 24 * 3_600_000;

const SWEPT_AT_ONCE = 50;

/** Uploads of one user that no job has dealt with yet. */
const MAX_WAITING = 100;

/** UTF-16 code units. */
const MAX_FILE_NAME_CHARS = 255;

/** What may be uploaded, without parameters. */
const MEDIA_TYPES: { readonly [Purpose in UploadPurpose]: readonly string[] } = {
  DOCUMENT: ['application/pdf', 'text/html', 'application/xhtml+xml', 'text/markdown', 'text/plain'],
  ARCHIVE: ['application/x-ndjson', 'application/jsonl', 'text/markdown'],
};

export type NewUpload = Pick<Upload, 'fileName' | 'mediaType' | 'bytes' | 'purpose'>;
export type OpenedUpload = UploadAddress & { readonly id: string; readonly expiresAt: Date };

type Uploading = Pick<Needs, 'uploads' | 'blobs' | 'clock' | 'newId' | 'settings'>;

/**
 * Lets the viewer put one file into the object store, of exactly this size and type. What no job takes is deleted after a day.
 *
 * @throws {AppError} FORBIDDEN for guests; INVALID_INPUT for a name or a type that cannot be; LIMIT_EXCEEDED for a file that is too large, or one too many.
 */
export async function createUpload(needs: Uploading, viewer: Actor, input: NewUpload): Promise<OpenedUpload> {
  requireCreator(viewer);
  const { purpose } = input;
  const { maxBytes, maxBytesPerUser } = needs.settings.uploads;
  const fileName = checkFileName(input.fileName);
  const mediaType = checkMediaType(purpose, input.mediaType);
  const bytes = checkBytes(input.bytes, maxBytes);
  const id = needs.newId('upl');
  const key = `uploads/${viewer.id}/${id}`;
  const createdAt = needs.clock.now();
  const upload: Upload = { id, ownerId: viewer.id, purpose, fileName, mediaType, bytes, key, jobId: null, createdAt };
  if (!(await needs.uploads.insert(upload, { files: MAX_WAITING, bytes: maxBytesPerUser }))) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `At most ${MAX_WAITING} uploads, of ${maxBytesPerUser} bytes together, may wait for their jobs. Wait for those, or for a day.`,
      { field: 'bytes', isRetryable: true },
    );
  }
  const address = await needs.blobs.upload(key, { mediaType, bytes, expiresInMs: ADDRESS_GOOD_MS });
  return { ...address, id, expiresAt: new Date(createdAt.getTime() + ADDRESS_GOOD_MS) };
}

/**
 * Takes the viewer's upload for a job.
 *
 * @returns The upload, and the job that has it: an earlier one, if the same was asked for before.
 * @throws {AppError} NOT_FOUND, also for somebody else's; INVALID_INPUT where nothing was uploaded, or for another purpose.
 */
export async function takeUpload(
  needs: Pick<Needs, 'uploads' | 'blobs' | 'newId'>,
  viewer: Actor,
  { uploadId, purpose }: { uploadId: string; purpose: UploadPurpose },
): Promise<{ upload: Upload; jobId: string }> {
  const upload = isId('upl', uploadId) ? await needs.uploads.find(uploadId) : null;
  if (upload?.ownerId !== viewer.id) throw new NotFoundError('upload');
  if (upload.purpose !== purpose)
    throw new InvalidInputError('uploadId', `The file was uploaded as ${upload.purpose}, not as ${purpose}.`);
  if (upload.jobId !== null) return { upload, jobId: upload.jobId };
  if (!(await needs.blobs.stat(upload.key)))
    throw new InvalidInputError('uploadId', 'Nothing was uploaded yet: PUT the file to its address first.');
  const jobId = await needs.uploads.take(upload.id, needs.newId('job'));
  if (jobId === null) throw new NotFoundError('upload');
  return { upload, jobId };
}

/**
 * Gives back the room of an upload that its job has dealt with. An empty object stays until it is swept, so that nothing can be uploaded there again; until then
 * asking for the same job again gives that job.
 */
export async function emptyUpload({ uploads, blobs }: Pick<Needs, 'uploads' | 'blobs'>, id: string): Promise<void> {
  const upload = await uploads.find(id);
  if (!upload) return;
  await blobs.put(upload.key, Buffer.alloc(0), { mediaType: upload.mediaType, maxBytes: 0 });
  await uploads.empty(id);
}

/** Deletes the uploads that are older than a day, whether or not anybody came for them. */
export async function sweepUploads(needs: Pick<Needs, 'uploads' | 'blobs' | 'clock' | 'log'>): Promise<void> {
  const before = new Date(needs.clock.now().getTime() - KEPT_MS);
  await doPastFailures({
    batch: SWEPT_AT_ONCE,
    list: (except) => needs.uploads.listCreatedBefore(before, SWEPT_AT_ONCE, except),
    idOf: ({ id }) => id,
    async act({ id, key }) {
      // The object first, so that none is left that nobody knows of.
      await needs.blobs.delete(key);
      await needs.uploads.delete(id);
    },
    failed: ({ id }, error) => needs.log.error({ uploadId: id, error }, 'an old upload could not be deleted'),
  });
}

function checkFileName(text: string): string {
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).trim();
  const isGood =
    name.length >= 1 &&
    name.length <= MAX_FILE_NAME_CHARS &&
    name.isWellFormed() &&
    !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name);
  if (!isGood) throw new InvalidInputError('fileName', `A file name has 1 to ${MAX_FILE_NAME_CHARS} characters.`);
  return name;
}

function checkMediaType(purpose: UploadPurpose, text: string): string {
  const found = /^(?<type>[\w.+-]+\/[\w.+-]+)(?:; ?charset=[\w.+-]{1,40})?$/.exec(text)?.groups?.['type'];
  if (!found || !MEDIA_TYPES[purpose].includes(found.toLowerCase()))
    throw new InvalidInputError('mediaType', `Types that can be taken: ${MEDIA_TYPES[purpose].join(', ')}.`);
  return text;
}

function checkBytes(bytes: number, maxBytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes < 1) throw new InvalidInputError('bytes', 'A file has at least one byte.');
  if (bytes > maxBytes)
    throw new AppError('LIMIT_EXCEEDED', `A file has at most ${maxBytes} bytes.`, { field: 'bytes' });
  return bytes;
}
