/** Hashes passwords with argon2id, off the event loop. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(passwordHash: string, password: string): Promise<boolean>;
}

export type TokenClaims = { readonly sessionId: string; readonly userId: string };

/** Signs and checks bearer tokens: JWTs by EdDSA whose key id must be one of ours. That the session still lives is checked elsewhere. */
export interface TokenSigner {
  /** @param expiresAt The absolute end of the session. */
  sign(claims: TokenClaims, expiresAt: Date): Promise<string>;
  /** Null for anything that we did not sign. An expired token of ours still gives its claims: its session has ended, and the session store says so. */
  verify(token: string): Promise<TokenClaims | null>;
  /** The public keys as a JWK Set (RFC 7517). */
  jwks(): { readonly keys: readonly object[] };
}
