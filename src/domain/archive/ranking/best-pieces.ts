import type { SearchedPart } from './searched-part.js';

export type FoundPiece = { readonly searched: SearchedPart; readonly piece: number; readonly score: number };

/** The best of what it is shown, at most `limit`; of equal ones those that came first. */
export class BestPieces {
  readonly #limit: number;
  readonly #floor: number;
  /** Best first. */
  readonly #found: FoundPiece[] = [];

  /** Only pieces that score more than 0 and at least `floor` are taken. */
  constructor(limit: number, floor: number) {
    this.#limit = limit;
    this.#floor = floor;
  }

  /** Whether a piece of this score is among the best so far. */
  takes(score: number): boolean {
    if (score <= 0 || score < this.#floor) return false;
    const worst = this.#found[this.#limit - 1];
    return this.#limit > 0 && (worst === undefined || score > worst.score);
  }

  /** Of a piece that it takes. */
  add(piece: FoundPiece): void {
    let low = 0;
    let high = this.#found.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#found[middle]?.score ?? 0) >= piece.score) low = middle + 1;
      else high = middle;
    }
    this.#found.splice(low, 0, piece);
    if (this.#found.length > this.#limit) this.#found.pop();
  }

  /** Best first. */
  found(): readonly FoundPiece[] {
    return this.#found;
  }
}
