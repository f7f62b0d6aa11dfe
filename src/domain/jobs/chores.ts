import type { Log } from '../../base/log.js';

/** Milliseconds between two rounds. */
const EVERY_MS = 600_000;

/** Does each chore every ten minutes; what fails is done the next time. Every process may do them. Returns how to stop, which waits for the round that is going on. */
export function startChores(log: Log, chores: Readonly<Record<string, () => Promise<void>>>): () => Promise<void> {
  let round = Promise.resolve();
  const doAll = async () => {
    for (const [name, chore] of Object.entries(chores)) {
      try {
        await chore();
      } catch (error) {
        log.warn({ chore: name, error }, 'a chore failed; it is done later');
      }
    }
  };
  const timer = setInterval(() => {
    round = round.then(doAll);
  }, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await round;
  };
}
