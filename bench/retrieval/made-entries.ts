import type { IndexedEntry } from '../../src/domain/archive/index/build-segment.js';

/** Entry number `number` of as many as are wanted: those that were made, and then the same again, each with the terms of two of them mixed half and half. */
export function mixed(made: readonly IndexedEntry[], number: number): IndexedEntry {
  const entry = made[number % made.length];
  const other = made[(number * 7919 + Math.floor(number / made.length)) % made.length];
  const [piece, otherPiece] = [entry?.tokens.pieces[0], other?.tokens.pieces[0]];
  if (entry === undefined || piece === undefined || otherPiece === undefined) throw new Error('There are no entries.');
  const id = `entry_${String(number).padStart(9, '0')}`;
  if (number < made.length) return { ...entry, id };
  const terms = new Map<string, number>();
  for (const { terms: all, counts } of [piece, otherPiece]) {
    for (const [at, term] of all.split(' ').entries()) if ((at + number) % 2 === 0) terms.set(term, counts[at] ?? 1);
  }
  const mixedPiece = { ...piece, terms: [...terms.keys()].join(' '), counts: [...terms.values()] };
  return { ...entry, id, tokens: { ...entry.tokens, pieces: [mixedPiece] } };
}
