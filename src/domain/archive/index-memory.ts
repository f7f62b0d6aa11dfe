/** What is counted for something, and how it is let go of. */
type Kept = { bytes: number; readonly letGo: () => void };

/**
 * Counts the memory that things take which can be made again, search indexes of any kind, and lets go of those that were not used for longest
 * until all fit into `maxBytes`.
 */
export class IndexMemory {
  readonly #maxBytes: number;
  /** Last used last. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What all of them take, in bytes. */
  get byteLength(): number {
    return this.#bytes;
  }

  /** Takes note that it is used now. @param letGo Called once, when there is no room for it any more. */
  use(key: string, letGo: () => void): void {
    const kept = this.#kept.get(key) ?? { bytes: 0, letGo };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
  }

  /** Counts what it takes now, if it was not let go of. It stays itself in any case: it is in use. */
  weigh(key: string, bytes: number): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#bytes += bytes - kept.bytes;
    kept.bytes = bytes;
    for (const [other, { bytes: otherBytes, letGo }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return;
      if (other === key) continue;
      this.#kept.delete(other);
      this.#bytes -= otherBytes;
      letGo();
    }
  }
}
