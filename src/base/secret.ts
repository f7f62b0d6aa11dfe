import { hkdfSync } from 'node:crypto';
import { inspect } from 'node:util';

/** A text that must not be printed. Only `reveal()` gives it out, so that every use can be found by that name. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** What a key derived from the master secret is for. One purpose, one key: none can stand in for another. */
export type KeyPurpose = 'token-signing' | 'provider-keys' | 'signed-urls' | 'owner-code';

/** 32 bytes for one purpose, by HKDF with SHA-256 (RFC 5869). The same secret always gives the same key. */
export function deriveKey(master: Secret, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', master.reveal(), 'tomato', purpose, 32));
}
