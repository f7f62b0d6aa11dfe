import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from './server-process.js';

/** A way for a service to be away for a while. */
export type Outage = { readonly how: 'frozen' | 'killed'; begin(): Promise<void>; end(): Promise<void> };

export const outagesOf = (server: () => ServerProcess): readonly Outage[] => [
  { how: 'frozen', begin: async () => server().freeze(), end: async () => server().thaw() },
  { how: 'killed', begin: () => server().kill(), end: () => server().start() },
];

/** Asks again and again until there is an answer; throws the last refusal after `withinMs`. */
export async function untilAnswered<T>(withinMs: number, ask: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await sleep(50);
    }
  }
}
