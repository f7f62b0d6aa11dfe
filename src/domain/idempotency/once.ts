import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { untilStored } from '../../base/until-stored.js';
import type { Needs } from '../needs.js';
import type { Attempt, Held } from './idempotency-store.js';

/** Milliseconds for which a key is remembered: a day, and an hour for clocks that disagree. */
const REMEMBERED_MS = 25 * 3_600_000;

/** Bytes of the largest answer that is kept. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** Milliseconds after which whoever has not said that it goes on is taken for lost. */
const LEASE_MS = 30_000;

/** Milliseconds for which the same request waits for the one that is being carried out. */
const WAIT_MS = 5_000;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 500;

/** What is asked under a key. The same key of another user has nothing to do with it. */
export type Keyed = { readonly userId: string; readonly key: string; readonly request: string };

/** What came of it, and whether the world is another one now: `nothing` was done, `something` was, or it is in `doubt`. */
export type Outcome = { readonly answer: string; readonly done: 'nothing' | 'something' | 'doubt' };

type Remembering = Pick<Needs, 'idempotency' | 'clock' | 'log'>;

/**
 * Does what is asked at most once for its key, and gives the same answer to all who ask the same, for a day. Where nothing was done the key is as good as new.
 *
 * An attempt is claimed before it begins, and nobody ever takes it over: who cannot learn what came of it is told so, since doing it again might do it twice.
 *
 * @throws {AppError} CONFLICT with one of these reasons. KEY_REUSED: the key stands for another request. STILL_RUNNING: ask again in a moment. OUTCOME_UNKNOWN: whoever
 * carried it out was lost, or could not tell whether it was done, or its answer is larger than 256 KiB. SERVICE_UNAVAILABLE where it could not be begun.
 */
export async function once(
  needs: Remembering,
  { userId, key, request }: Keyed,
  act: () => Promise<Outcome>,
): Promise<string> {
  const id = hashOf(userId, key);
  const fingerprint = hashOf(key, request);
  const held: Held = { id, holder: randomUUID() };
  const giveUpAt = performance.now() + WAIT_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const now = needs.clock.now();
    const attempt = await claim(needs, newAttempt(held, fingerprint, now));
    if (attempt.holder === held.holder) {
      // Others were told that it is lost, if the claim took so long: they may have asked for it under another key.
      if (attempt.leaseUntil <= needs.clock.now()) throw outcomeUnknown();
      return carryOut(needs, held, act);
    }
    if (attempt.fingerprint !== fingerprint) throw keyReused();
    if (attempt.answer !== null) return attempt.answer;
    if (attempt.leaseUntil <= now) throw outcomeUnknown();
    if (performance.now() > giveUpAt) throw stillRunning();
    await sleep(pauseMs);
  }
}

async function carryOut(needs: Remembering, held: Held, act: () => Promise<Outcome>): Promise<string> {
  const { idempotency, clock, log } = needs;
  const renewing = setInterval(() => {
    idempotency
      .renew(held, leaseFrom(clock.now()))
      .catch((error: unknown) => log.warn({ error }, 'a key could not be held on to'));
  }, LEASE_MS / 3).unref();
  try {
    const { answer, done } = await act();
    await settle(log, () => {
      if (done === 'nothing') return idempotency.release(held);
      const isKept = done === 'something' && Buffer.byteLength(answer) <= MAX_ANSWER_BYTES;
      return isKept ? idempotency.keep(held, answer) : idempotency.renew(held, clock.now());
    });
    return answer;
  } finally {
    clearInterval(renewing);
  }
}

/** One that fails may have been written all the same; it is taken back then, since nothing was begun. */
async function claim({ idempotency, log }: Remembering, attempt: Attempt): Promise<Attempt> {
  try {
    return await idempotency.claim(attempt);
  } catch (error) {
    later(log, () => idempotency.release(attempt));
    throw error;
  }
}

/** Whoever asked has their answer, whether or not it can be remembered at once. */
async function settle(log: Log, write: () => Promise<void>): Promise<void> {
  await write().catch(() => later(log, write));
}

function later(log: Log, write: () => Promise<void>): void {
  untilStored(log, write).catch((error: unknown) => log.error({ error }, 'what came of a key could not be remembered'));
}

function newAttempt(held: Held, fingerprint: string, now: Date): Attempt {
  const forgetAt = new Date(now.getTime() + REMEMBERED_MS);
  return { ...held, fingerprint, leaseUntil: leaseFrom(now), answer: null, forgetAt };
}

const leaseFrom = (now: Date): Date => new Date(now.getTime() + LEASE_MS);

/** The key is not kept, and is part of each hash: what was asked cannot be guessed from what is kept. */
function hashOf(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64url');
}

function keyReused(): AppError {
  return new AppError('CONFLICT', 'This key was used for another request.', {
    field: 'idempotencyKey',
    reason: 'KEY_REUSED',
  });
}

function stillRunning(): AppError {
  return new AppError('CONFLICT', 'The first request with this key is still being carried out.', {
    field: 'idempotencyKey',
    reason: 'STILL_RUNNING',
    isRetryable: true,
    retryAfterMs: 1_000,
  });
}

function outcomeUnknown(): AppError {
  return new AppError(
    'CONFLICT',
    'What came of the first request with this key is not known. Look whether it was done; if not, send it with another key.',
    { field: 'idempotencyKey', reason: 'OUTCOME_UNKNOWN' },
  );
}
