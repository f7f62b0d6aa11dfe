import { randomFillSync } from 'node:crypto';

/** What an id says about the thing it names. */
export type IdPrefix = 'usr' | 'ses' | 'prov' | 'mod' | 'conv' | 'msg' | 'run' | 'use' | 'blob' | 'arc' | 'job' | 'upl';

/** Makes an id such as `conv_0mf3k…`: opaque, unguessable (80 random bits), and sorting by the time it was made. */
export type NewId = (prefix: IdPrefix) => string;

/** Crockford's base 32: its order in ASCII is its order in value. */
export const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Characters of an id, behind its prefix, that tell the time; the 16 others are random. */
export const ID_TIME_CHARS = 10;

const RANDOM_BYTES = 10;

export const newId: NewId = (prefix) => `${prefix}_${encodeNumber(Date.now(), ID_TIME_CHARS)}${encodeRandom()}`;

/** Whether `id` has the form of an id of this kind; says nothing about whether it exists. */
export function isId(prefix: IdPrefix, id: string): boolean {
  return id.startsWith(`${prefix}_`) && /^[0-9a-hjkmnp-tv-z]{26}$/.test(id.slice(prefix.length + 1));
}

/** A whole number in base 32, by so many digits. */
export function encodeNumber(number: number, chars: number): string {
  let rest = number;
  let text = '';
  for (let place = 0; place < chars; place++) {
    text = ID_ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Fetched for many ids at a time: to ask the system for ten bytes costs as much as for hundreds. Each is used once. */
const random = Buffer.alloc(64 * RANDOM_BYTES);
let used = random.length;

function nextRandom(): Buffer {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += RANDOM_BYTES;
  return random.subarray(used - RANDOM_BYTES, used);
}

/** 80 bits are exactly 16 characters of 5 bits. */
function encodeRandom(): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of nextRandom()) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ID_ALPHABET[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
}
