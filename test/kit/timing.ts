/** Milliseconds until the work has settled. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** Whether two durations are so close (35 % or 6 ms) that a stranger learns nothing from the difference. */
export function isAlike(left: number, right: number): boolean {
  return Math.abs(left - right) <= Math.max(6, 0.35 * Math.max(left, right));
}

/** The least of the numbers that `share` of them do not exceed: 0.95 is that of all but the slowest twentieth. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
