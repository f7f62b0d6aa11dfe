/** What a bearer token says. */
export type TokenClaims = {
  /** 256 random bits. Stores and topics know the session by their hash: see `storedSessionId`. */
  readonly sessionId: string;
  readonly userId: string;
};

/** Signs and checks bearer tokens: JWTs by EdDSA whose key id must be one of ours. That the session still lives is checked elsewhere. */
export interface TokenSigner {
  /** @param expiresAt The absolute end of the session, at most 31 days from now. */
  sign(claims: TokenClaims, expiresAt: Date): Promise<string>;
  /** Null for anything that we did not sign. An expired token of ours still gives its claims: its session has ended, and the session store says so. */
  verify(token: string): Promise<TokenClaims | null>;
  /** The public keys as a JWK Set (RFC 7517). */
  jwks(): { readonly keys: readonly object[] };
}
