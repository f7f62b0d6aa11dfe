import { likeness } from './packed-vector.js';

/** Texts that have nothing in common with one another. */
export const UNRELATED_TEXTS = [
  '고양이가 창가에서 낮잠을 잔다.',
  'SELECT count(*) FROM orders GROUP BY country',
  '내일 오전 회의를 오후 세 시로 옮겼습니다.',
  'The glacier has lost a third of its ice since 1950.',
  '된장찌개는 두부와 호박을 넣고 십 분간 끓인다.',
  'def parse_date(text): return datetime.fromisoformat(text)',
  '주택 담보 대출의 금리가 다시 올랐다.',
  'Violins are tuned in perfect fifths.',
] as const;

/** Standard deviations above what unrelated texts have in common, and share of the way from there to being the same, that a match needs at least. */
const DEVIATIONS = 3;
const SHARE = 0.2;

/** What likeness says nothing in a space: models differ in it, from 0.1 to 0.8. */
export type Noise = {
  /** Of texts that have nothing in common. */
  readonly mean: number;
  /** What a match has at least. */
  readonly floor: number;
};

/** @param unrelated Vectors of {@link UNRELATED_TEXTS}. */
export function noiseOf(unrelated: readonly Float32Array[]): Noise {
  const pairs = unrelated.flatMap((a, at) => unrelated.slice(at + 1).map((b) => likeness(a, b)));
  const mean = pairs.reduce((sum, each) => sum + each, 0) / Math.max(1, pairs.length);
  const variance = pairs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / Math.max(1, pairs.length);
  return { mean, floor: mean + Math.max(DEVIATIONS * Math.sqrt(variance), SHARE * (1 - mean)) };
}
