/** Largest number of a byte with a sign, of which both directions are used alike. */
const MOST = 127;

/**
 * A direction, a byte a dimension: the largest of its numbers is 127 or -127. Its length says nothing, as the length of an embedding does not; to compare
 * directions, divide by {@link lengthOf}.
 */
export function pack(vector: Float32Array): Int8Array {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest === 0
    ? new Int8Array(vector.length)
    : Int8Array.from(vector, (value) => Math.round((value / largest) * MOST));
}

/** Euclidean; 1 for a vector of zeros, whose likeness to anything is 0 then. */
export function lengthOf(vector: ArrayLike<number>): number {
  let squares = 0;
  for (let at = 0; at < vector.length; at++) squares += (vector[at] ?? 0) ** 2;
  return Math.sqrt(squares) || 1;
}

/** -1 to 1: the cosine of the angle between them. */
export function likeness(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum / (lengthOf(a) * lengthOf(b));
}

/** 32-bit words that the signs of so many dimensions take. */
export const signWords = (dimensions: number): number => Math.ceil(dimensions / 32);

/** Sets one bit for each number above 0. @param into Zeros, of {@link signWords} words. */
export function writeSigns(vector: ArrayLike<number>, into: Uint32Array): void {
  for (let at = 0; at < vector.length; at++) {
    if ((vector[at] ?? 0) > 0) into[at >>> 5] = (into[at >>> 5] ?? 0) | (1 << (at & 31));
  }
}

/** How many bits are set. */
export function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
