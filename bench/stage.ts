import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import { startRelay, type Contender } from './contender.js';
import type { LoadDesk } from './load.js';
import { startTomato } from './tomato.js';
import type { UpstreamDesk } from './upstream.js';

/** All that takes part, each in a process of its own, so that what the contenders use can be told apart. */
export type Stage = {
  readonly upstream: Child<UpstreamDesk>;
  readonly load: Child<LoadDesk>;
  readonly relay: Contender;
  readonly tomato: Contender;
  close(): Promise<void>;
};

/** @param profileDir Where Tomato leaves a CPU profile when it ends. */
export async function setStage(profileDir?: string): Promise<Stage> {
  const upstream = new Child<UpstreamDesk>(fileURLToPath(new URL('upstream.ts', import.meta.url)), {});
  const load = new Child<LoadDesk>(fileURLToPath(new URL('load.ts', import.meta.url)), {});
  const upstreamUrl = await upstream.ask('listen');
  const relay = await startRelay(upstreamUrl);
  const tomato = await startTomato(upstreamUrl, profileDir);
  return {
    upstream,
    load,
    relay,
    tomato,
    async close() {
      await tomato.stop();
      await Promise.all([upstream.stop(), load.stop(), relay.stop()]);
    },
  };
}
