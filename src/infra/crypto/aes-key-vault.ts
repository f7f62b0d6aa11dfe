import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../../base/errors.js';
import { deriveKey, type Secret } from '../../base/secret.js';
import type { KeyVault, SealedKey } from '../../domain/models/key-vault.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Stands before what is sealed, should another format follow. */
const FORMAT = 'v1.';

/** Seals with AES-256-GCM: a random nonce, the tag and the ciphertext, in base64url. */
export class AesKeyVault implements KeyVault {
  readonly #key: Buffer;

  /** @param master TOMATO_SECRET; the vault has a key of its own, derived from it. */
  constructor(master: Secret) {
    this.#key = deriveKey(master, 'provider-keys');
  }

  seal(key: string): SealedKey {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(key, 'utf8'), cipher.final()]);
    return FORMAT + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  open(sealed: SealedKey): string {
    const bytes = Buffer.from(sealed.slice(FORMAT.length), 'base64url');
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES }).setAuthTag(tag);
      const key = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([key, decipher.final()]).toString('utf8');
    } catch (error) {
      const message = 'The key of this provider cannot be read any more. An administrator must enter it again.';
      throw new AppError('MODEL_UNAVAILABLE', message, {}, { cause: error });
    }
  }
}
