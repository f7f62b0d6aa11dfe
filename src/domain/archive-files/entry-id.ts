import { createHash } from 'node:crypto';
import { encodeNumber, ID_ALPHABET, ID_TIME_CHARS } from '../../base/ids.js';

/** In the place of what is random in other ids. */
const NUMBER_CHARS = 6;
const HASH_CHARS = 10;

const MAX_NUMBER = 32 ** NUMBER_CHARS - 1;

/**
 * The id of the entry that a job adds as number `number`: the same whenever the job gets to it. The first of them is the newest, so that a list that
 * begins with the newest shows them in their own order.
 */
export function entryIdOf(jobId: string, number: number): string {
  const time = jobId.slice('job_'.length).slice(0, ID_TIME_CHARS);
  const hash = createHash('sha256').update(`${jobId} ${number}`).digest();
  const random = Array.from(hash.subarray(0, HASH_CHARS), (byte) => ID_ALPHABET[byte & 31]).join('');
  return `arc_${time}${encodeNumber(MAX_NUMBER - number, NUMBER_CHARS)}${random}`;
}
