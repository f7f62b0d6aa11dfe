/** An entry and how well it fits, by one way of searching; any scale, higher is better. */
export type Scored = { readonly entryId: string; readonly score: number };

export type FuseOptions = {
  /** How much of the result is decided by vectors: 0 to 1. @default 0.4 */
  readonly vectorShare?: number;
  /** A vector's score that says nothing: the similarity of texts that have nothing in common. @default 0 */
  readonly vectorFloor?: number;
  /** At most so many. @default all */
  readonly limit?: number;
};

/** Good lexical search is right more often than an embedding model; it keeps the upper hand. */
const VECTOR_SHARE = 0.4;

/**
 * The entries of both lists, best first, by a weighted sum of scores that are each divided by the best of their list. An entry that one
 * list lacks has 0 there. Without vectors the lexical list comes back as it is, so that a time-out costs nothing but what vectors add.
 *
 * A sum of scores and not of ranks (reciprocal rank fusion): ranks would let a vague first hit weigh as much as a clear one.
 */
export function fuse(lexical: readonly Scored[], vector: readonly Scored[], options: FuseOptions = {}): Scored[] {
  const { vectorShare = VECTOR_SHARE, vectorFloor = 0, limit = Infinity } = options;
  if (vector.length === 0) return lexical.slice(0, limit);
  const sums = new Map<string, number>();
  const add = (list: readonly Scored[], share: number): void => {
    for (const { entryId, score } of list) sums.set(entryId, (sums.get(entryId) ?? 0) + share * score);
  };
  add(normalized(lexical, 0), 1 - vectorShare);
  add(normalized(vector, vectorFloor), vectorShare);
  return Array.from(sums, ([entryId, score]) => ({ entryId, score }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || (a.entryId < b.entryId ? -1 : 1))
    .slice(0, limit);
}

function normalized(list: readonly Scored[], floor: number): Scored[] {
  const best = list.reduce((most, { score }) => Math.max(most, score), floor);
  if (best === floor) return [];
  return list.map(({ entryId, score }) => ({ entryId, score: Math.max(0, score - floor) / (best - floor) }));
}
