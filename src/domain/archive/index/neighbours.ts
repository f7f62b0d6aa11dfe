import { misspellingKeys } from '../analysis/misspellings.js';
import { MIN_CONSONANTS, soundsOf } from '../analysis/sounds.js';
import type { Segment } from './segment.js';

/** Keys in ascending order, and of each the number of a term that has it. */
export type Neighbours = { readonly keys: Uint32Array; readonly terms: Uint32Array };

/** More terms than this under one key are not looked at: it is too common to be a hint. */
const MAX_FOUND = 2_000;

/** The keys under which words that sound like this one are kept. */
export function soundKeysOf(word: string): number[] {
  return soundsOf(word)
    .filter(({ skeleton }) => skeleton.length >= MIN_CONSONANTS)
    .map(({ skeleton }) => hash(`s${skeleton}`));
}

/** The keys under which words that this one may be a misspelling of are kept. */
export function typoKeysOf(word: string): number[] {
  return misspellingKeys(word).map((key) => hash(`d${key}`));
}

/** All keys of a term of an index; only lemmas and parts of identifiers have some. */
export function neighbourKeysOf(term: string): number[] {
  if (!term.startsWith('m') && !term.startsWith('i')) return [];
  const word = term.slice(1);
  return [...new Set([...soundKeysOf(word), ...typoKeysOf(word)])];
}

/** Packs the keys of each term, in the order of the terms. */
export function packNeighbours(keysOfTerms: readonly (readonly number[])[]): Neighbours {
  const count = keysOfTerms.reduce((sum, keys) => sum + keys.length, 0);
  // A key and its term as one number, so that one sort of numbers orders both.
  const pairs = new Float64Array(count);
  let at = 0;
  for (const [term, keys] of keysOfTerms.entries()) {
    for (const key of keys) pairs[at++] = key * TERM_SPACE + term;
  }
  pairs.sort();
  return {
    keys: Uint32Array.from(pairs, (pair) => Math.floor(pair / TERM_SPACE)),
    terms: Uint32Array.from(pairs, (pair) => pair % TERM_SPACE),
  };
}

/** 32 bits of key and 21 bits of term fit a number exactly; a segment of more terms is made by merging. */
const TERM_SPACE = 2 ** 21;

/** How many keys are merged between two yields: some two milliseconds. */
const KEYS_A_TURN = 40_000;

/** The keys of two segments as those of the one that they become; `terms` tells the new number of each term, -1 for none. */
export function* mergeNeighbours(
  sides: readonly [{ segment: Segment; terms: Int32Array }, { segment: Segment; terms: Int32Array }],
): Generator<void, Neighbours> {
  const [a, b] = sides;
  const most = a.segment.neighbourKeys.length + b.segment.neighbourKeys.length;
  const keys = new Uint32Array(most);
  const terms = new Uint32Array(most);
  let count = 0;
  let [atA, atB] = [0, 0];
  while (atA < a.segment.neighbourKeys.length || atB < b.segment.neighbourKeys.length) {
    const [keyA, termA] = neighbourAt(a, atA);
    const [keyB, termB] = neighbourAt(b, atB);
    const isA = keyA < keyB || (keyA === keyB && termA <= termB);
    const isBoth = keyA === keyB && termA === termB;
    if (isA) atA++;
    if (!isA || isBoth) atB++;
    if ((atA + atB) % KEYS_A_TURN === 0) yield;
    const [key, term] = isA ? [keyA, termA] : [keyB, termB];
    if (term < 0) continue;
    keys[count] = key;
    terms[count] = term;
    count++;
  }
  return { keys: keys.subarray(0, count), terms: terms.subarray(0, count) };
}

function neighbourAt({ segment, terms }: { segment: Segment; terms: Int32Array }, at: number): [number, number] {
  if (at >= segment.neighbourKeys.length) return [Number.POSITIVE_INFINITY, -1];
  return [segment.neighbourKeys[at] ?? 0, terms[segment.neighbourTerms[at] ?? 0] ?? -1];
}

/** The numbers of the terms that are kept under any of `keys`. */
export function termsUnder(segment: Segment, keys: readonly number[]): Set<number> {
  const found = new Set<number>();
  for (const key of keys) {
    const { neighbourKeys, neighbourTerms } = segment;
    for (let at = firstAtLeast(neighbourKeys, key); neighbourKeys[at] === key && found.size < MAX_FOUND; at++) {
      found.add(neighbourTerms[at] ?? 0);
    }
  }
  return found;
}

function firstAtLeast(sorted: Uint32Array, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
