import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import type { Target } from './reader.js';
import type { RelayDesk } from './relay.js';

/** What every measured process can be asked: see probe.js. */
export type ProbeDesk = { cpu(): number; memory(): Promise<number> };

/** Something that brings tokens from the model service to readers. */
export type Contender = {
  readonly process: Child<ProbeDesk>;
  /** Makes a place for each of so many streams. */
  target(streams: number): Promise<Target>;
  stop(): Promise<void>;
};

export async function startRelay(upstreamUrl: string): Promise<Contender> {
  const child = new Child<ProbeDesk & RelayDesk>(fileURLToPath(new URL('relay.ts', import.meta.url)), {
    execArgv: process.execArgv,
  });
  const url = await child.ask('listen', upstreamUrl);
  return { process: child, target: () => Promise.resolve({ kind: 'relay', url }), stop: () => child.stop() };
}
