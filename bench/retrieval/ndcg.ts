/**
 * Normalised discounted cumulative gain of the first `depth` of a ranking: 1 if the most relevant come first, 0 if none is among them.
 * Järvelin and Kekäläinen, 2002; gains are `2^grade − 1`.
 */
export function ndcg(ranking: readonly string[], relevant: Readonly<Record<string, number>>, depth = 10): number {
  const grades = ranking.slice(0, depth).map((id) => relevant[id] ?? 0);
  const best = Object.values(relevant)
    .toSorted((a, b) => b - a)
    .slice(0, depth);
  const ideal = discounted(best);
  return ideal === 0 ? 0 : discounted(grades) / ideal;
}

function discounted(grades: readonly number[]): number {
  return grades.reduce((sum, grade, rank) => sum + (2 ** grade - 1) / Math.log2(rank + 2), 0);
}

export function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** The smallest number that at least `share` of `numbers` do not exceed; 0 of none. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
