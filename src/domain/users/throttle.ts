import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { AppError } from '../../base/errors.js';
import type { Needs } from '../needs.js';
import type { AttemptRule } from './attempt-limiter.js';

const MINUTE_MS = 60_000;

/** Wrong passwords for one account, whatever the address and the spelling of its name. */
export const ACCOUNT_RULE: AttemptRule = { attempts: 10, windowMs: 15 * MINUTE_MS };
/** Wrong passwords from one address, whatever the account. */
export const ADDRESS_RULE: AttemptRule = { attempts: 20, windowMs: 15 * MINUTE_MS };
/** Registrations from one address, refused ones included. */
export const REGISTRATION_RULE: AttemptRule = { attempts: 60, windowMs: 60 * MINUTE_MS };

/** @param name As `foldUserName` gives it; it need not be a possible name. */
export function accountKey(name: string): string {
  return `login:name:${sha256(name)}`;
}

/** Whose attempts an address counts for: an IPv6 address stands for its /64 network, which is the least that one customer has. */
export function addressKey(purpose: 'login' | 'register', address: string): string {
  return `${purpose}:from:${sha256(isIPv6(address) ? networkOf(address) : address)}`;
}

/** @throws {AppError} RATE_LIMITED with `retryAfterMs` if that is one too many. */
export async function countAttempt(needs: Pick<Needs, 'attempts'>, key: string, rule: AttemptRule): Promise<void> {
  const retryAfterMs = await needs.attempts.attempt(key, rule);
  if (retryAfterMs === 0) return;
  throw new AppError('RATE_LIMITED', 'Too many attempts. Wait before you try again.', {
    isRetryable: true,
    retryAfterMs,
  });
}

/** The first 64 bits, or the IPv4 address that an IPv4-mapped one stands for. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  // The URL parser writes every IPv6 address in its one canonical form.
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const written = groupsOf(canonical).length;
  return groupsOf(canonical.replace('::', `:${'0:'.repeat(8 - written)}`))
    .slice(0, 4)
    .join(':');
}

const groupsOf = (address: string): string[] => address.split(':').filter((group) => group !== '');

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
