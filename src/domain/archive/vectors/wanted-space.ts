import { openWantedSpace, type Embedding, type OpenSpace } from './open-space.js';

/** Milliseconds for which it is remembered: another choice of the administrators counts soon, and searches do not ask each time. */
const REMEMBERED_MS = 2_000;

/** The space of the default embedding model, as it was at most 2 s ago. */
export class WantedSpace {
  readonly #needs: Embedding;
  #known: { readonly space: Promise<OpenSpace | null>; readonly until: number } | null = null;

  constructor(needs: Embedding) {
    this.#needs = needs;
  }

  /** Null where archives have no vectors. */
  open(): Promise<OpenSpace | null> {
    if (this.#known !== null && performance.now() < this.#known.until) return this.#known.space;
    const space = openWantedSpace(this.#needs);
    this.#known = { space, until: performance.now() + REMEMBERED_MS };
    space.catch(() => (this.#known = null));
    return space;
  }
}
