import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../../base/errors.js';
import type { KeyVault, SealedKey } from '../../domain/models/model-store.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals with AES-256-GCM: nonce, tag and ciphertext in base64url, after the number of the format. */
const FORMAT = 'v1.';

/** @param key 32 bytes that are used for nothing else. */
export function createKeyVault(key: Buffer): KeyVault {
  return {
    seal(text: string): SealedKey {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return FORMAT + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
    },

    open(sealed: SealedKey): string {
      const bytes = Buffer.from(sealed.slice(FORMAT.length), 'base64url');
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (error) {
        const message = 'The key of this provider cannot be read any more. An administrator must enter it again.';
        throw new AppError('MODEL_UNAVAILABLE', message, {}, { cause: error });
      }
    },
  };
}
