import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { AppError } from '../../base/errors.js';
import type { PasswordHasher } from '../../domain/users/password-hasher.js';

/** What OWASP recommends at least: 19 MiB, two passes, one lane. The algorithm is argon2id unless another is named. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** A well-formed hash, at the same cost, that no known password has: checking against it takes as long as against a real one. */
const NOBODYS_HASH = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${base64(16)}$${base64(32)}`;

/** Half of the processors, and half of the four threads that Node shares with files, name look-ups and signatures. */
const AT_ONCE = Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)));

/** About five seconds of work where one hash is made at a time. */
const MAX_WAITING = 256;

export class Argon2Hasher implements PasswordHasher {
  readonly #waiting: (() => void)[] = [];
  #working = 0;

  hash(password: string): Promise<string> {
    return this.#inLine(() => hash(password, COST));
  }

  verify(passwordHash: string | null, password: string): Promise<boolean> {
    return this.#inLine(() => verify(passwordHash ?? NOBODYS_HASH, password));
  }

  async #inLine<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working < AT_ONCE) this.#working++;
    else await this.#myTurn();
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so that nobody who comes later takes it first.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#working--;
    }
  }

  #myTurn(): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new AppError('SERVICE_UNAVAILABLE', 'Too many people are signing in. Try again in a moment.', {
        isRetryable: true,
        retryAfterMs: 2_000,
      });
    }
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}

function base64(bytes: number): string {
  return Buffer.alloc(bytes).toString('base64').replace(/=+$/, '');
}
