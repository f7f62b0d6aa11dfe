import type { Check } from '../api/health/readiness.js';
import { ConfigError } from '../config.js';
import type { Patience } from './wait-for-service.js';

/** A part of the house, as it is told to who starts it: `documents: embedded, in data/documents`. */
export type Part = { readonly need: string; readonly provider: string };

export type Provided<T> = {
  readonly provided: T;
  readonly part: Part;
  readonly check: Check;
  /** Resolves with the reason if the part is lost and cannot come back by itself. */
  readonly lost?: Promise<Error> | undefined;
  close(): Promise<void>;
};

type Opening = Promise<Provided<unknown>>;

/**
 * Opens parts side by side. Where one cannot be opened, the signal tells the others to wait no longer, and what was opened is closed again, last first.
 *
 * @throws {ConfigError} of everything that is set wrongly or missing; what else has failed comes before that.
 */
export async function openTogether<Openings extends readonly Opening[]>(
  { waitMs, log }: Omit<Patience, 'signal'>,
  open: (patience: Patience) => readonly [...Openings],
): Promise<{ -readonly [Place in keyof Openings]: Awaited<Openings[Place]> }> {
  const failing = new AbortController();
  const opening = open({ waitMs, log, signal: failing.signal });
  for (const part of opening) part.catch(() => failing.abort());
  const settled = await Promise.allSettled<Provided<unknown>>(opening);
  if (!failing.signal.aborted) return Promise.all(opening);
  const opened = settled.flatMap((part) => (part.status === 'fulfilled' ? part.value : []));
  await closeAll(opened.toReversed().map((part) => () => part.close())).catch((error: unknown) =>
    log.error({ error }, 'what was opened could not be closed'),
  );
  const failures = settled.flatMap((part): unknown[] => (part.status === 'rejected' ? [part.reason] : []));
  const problems = failures.map((failure) => (failure instanceof ConfigError ? failure.problems : null));
  throw failures[problems.indexOf(null)] ?? new ConfigError(problems.flatMap((each) => each ?? []));
}

/** Closes one after the other, and goes on where one fails. @throws {AggregateError} of what failed. */
export async function closeAll(closings: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closings) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be closed.');
}
