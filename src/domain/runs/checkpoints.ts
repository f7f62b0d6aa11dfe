import { untilStored } from '../../base/until-stored.js';
import type { Needs } from '../needs.js';
import type { LiveRun } from './live-run.js';

/** A crash loses at most what was written in this time: security.md allows a second. Milliseconds. */
const SAVE_EVERY_MS = 600;

/** Saves the answers of all live runs together, since a write for each would cost as much as the streaming itself. */
export class Checkpoints {
  readonly #changed = new Set<LiveRun>();
  #saving: NodeJS.Timeout | undefined;

  constructor(private readonly needs: Pick<Needs, 'messages' | 'log'>) {}

  /** Has the answer saved with the next round. */
  mark(live: LiveRun): void {
    this.#changed.add(live);
    this.#saving ??= setTimeout(() => void this.#saveChanged(), SAVE_EVERY_MS);
  }

  /** Saves one answer now: what it holds must not be lost whatever comes next. */
  async save(live: LiveRun): Promise<void> {
    this.#changed.delete(live);
    await untilStored(this.needs.log, () => this.needs.messages.saveDrafts([live.draft()]));
  }

  /** Its run is about to write the last state itself. */
  forget(live: LiveRun): void {
    this.#changed.delete(live);
  }

  /** A round begins when it is due, however long the one before took: who waited for a slow one would lose more in a crash. */
  async #saveChanged(): Promise<void> {
    const nextAt = performance.now() + SAVE_EVERY_MS;
    const round = [...this.#changed];
    this.#changed.clear();
    try {
      if (round.length > 0) await this.needs.messages.saveDrafts(round.map((live) => live.draft()));
    } catch (error) {
      for (const live of round) if (!live.isEnding) this.#changed.add(live);
      this.needs.log.warn({ error, runs: round.length }, 'answers could not be checkpointed; trying again');
    } finally {
      const isNeeded = this.#changed.size > 0;
      const waitMs = Math.max(0, nextAt - performance.now());
      this.#saving = isNeeded ? setTimeout(() => void this.#saveChanged(), waitMs) : undefined;
    }
  }
}
