/** An entry and how well it fits, by one way of searching; any scale, higher is better. */
export type Scored = { readonly entryId: string; readonly score: number };

/** How much of the result vectors decide. Good lexical search is right more often than an embedding model; it keeps the upper hand. */
const VECTOR_SHARE = 0.4;

/**
 * The entries of both lists, best first, by a weighted sum of scores that are each divided by the best of their list. An entry that one
 * list lacks has 0 there. Without vectors the lexical list comes back as it is, so that a time-out costs nothing but what vectors add.
 *
 * A sum of scores and not of ranks (reciprocal rank fusion): ranks would let a vague first hit weigh as much as a clear one.
 */
export function fuse(lexical: readonly Scored[], vector: readonly Scored[]): readonly Scored[] {
  if (vector.length === 0) return lexical;
  const sums = new Map<string, number>();
  const add = (list: readonly Scored[], share: number): void => {
    for (const { entryId, score } of list) sums.set(entryId, (sums.get(entryId) ?? 0) + share * score);
  };
  add(normalized(lexical), 1 - VECTOR_SHARE);
  add(normalized(vector), VECTOR_SHARE);
  return Array.from(sums, ([entryId, score]) => ({ entryId, score }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || (a.entryId < b.entryId ? -1 : 1));
}

function normalized(list: readonly Scored[]): Scored[] {
  const best = list.reduce((most, { score }) => Math.max(most, score), 0);
  if (best === 0) return [];
  return list.map(({ entryId, score }) => ({ entryId, score: Math.max(0, score) / best }));
}
