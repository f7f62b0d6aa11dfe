/** What {@link KeyVault.seal} made of a key: stores never see keys. */
export type SealedKey = string;

/** Encrypts provider keys at rest (AES-256-GCM, key derived from TOMATO_SECRET). */
export interface KeyVault {
  seal(key: string): SealedKey;
  /** @throws {AppError} MODEL_UNAVAILABLE if TOMATO_SECRET has changed since it was sealed. */
  open(sealed: SealedKey): string;
}
