import { createHash } from 'node:crypto';

/** Crockford's base 32, as in all our ids. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const TIME_CHARS = 10;
const NUMBER_CHARS = 6;
const HASH_CHARS = 10;

const MAX_NUMBER = 32 ** NUMBER_CHARS - 1;

/**
 * The id of the entry that a job adds as number `number`: the same whenever the job gets to it. The first of them is the newest, so that a list that
 * begins with the newest shows them in their own order.
 */
export function entryIdOf(jobId: string, number: number): string {
  const time = jobId.slice('job_'.length).slice(0, TIME_CHARS);
  const hash = createHash('sha256').update(`${jobId} ${number}`).digest();
  const random = Array.from(hash.subarray(0, HASH_CHARS), (byte) => ALPHABET[byte & 31]).join('');
  return `arc_${time}${encode(MAX_NUMBER - number)}${random}`;
}

function encode(number: number): string {
  let rest = number;
  let text = '';
  for (let place = 0; place < NUMBER_CHARS; place++) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
