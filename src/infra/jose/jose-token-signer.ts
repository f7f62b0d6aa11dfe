import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, errors, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../base/clock.js';
import { deriveKey, type Secret } from '../../base/secret.js';
import type { TokenClaims, TokenSigner } from '../../domain/users/token-signer.js';

const ALGORITHM = 'EdDSA';
const ISSUER = 'tomato';
const AUDIENCE = 'tomato';
const MAX_LIFE_MS = 31 * 24 * 60 * 60 * 1_000;
/** Ours have about 350. */
const MAX_TOKEN_CHARS = 2_048;
const MAX_REMEMBERED = 1_000;

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Signs with an Ed25519 key that is derived from the master secret, so that tokens outlive a restart and every replica
 * with the same secret accepts them.
 */
export async function createTokenSigner(secret: Secret, clock: Clock): Promise<TokenSigner> {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, deriveKey(secret, 'token-signing')]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(privateKey);
  const jwk: JWK = publicKey.export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint(jwk);
  return new JoseTokenSigner(privateKey, publicKey, { ...jwk, kid, alg: ALGORITHM, use: 'sig' }, kid, clock);
}

class JoseTokenSigner implements TokenSigner {
  /** Tokens whose signature was good, and what they say; the one used longest ago first. Saves a signature check a request. */
  readonly #remembered = new Map<string, TokenClaims>();

  constructor(
    private readonly privateKey: KeyObject,
    private readonly publicKey: KeyObject,
    private readonly jwk: JWK,
    private readonly kid: string,
    private readonly clock: Clock,
  ) {}

  sign({ sessionId, userId }: TokenClaims, expiresAt: Date): Promise<string> {
    const now = this.clock.now();
    if (expiresAt.getTime() - now.getTime() > MAX_LIFE_MS) throw new RangeError('A token lives at most 31 days.');
    return new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.kid, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(expiresAt)
      .sign(this.privateKey);
  }

  async verify(token: string): Promise<TokenClaims | null> {
    if (token.length > MAX_TOKEN_CHARS) return null;
    const claims = this.#remembered.get(token) ?? claimsOf(await this.#payloadOf(token));
    if (claims) this.#remember(token, claims);
    return claims;
  }

  jwks(): { readonly keys: readonly object[] } {
    return { keys: [this.jwk] };
  }

  /** Only of what we signed; jose looks at the times last, so what it calls expired has a good signature. */
  async #payloadOf(token: string): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyFor(kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: 'JWT',
        requiredClaims: ['sub', 'sid', 'iat', 'exp'],
        currentDate: this.clock.now(),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return error.payload;
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  #keyFor(kid: string | undefined): KeyObject {
    if (kid !== this.kid) throw new errors.JWKSNoMatchingKey();
    return this.publicKey;
  }

  #remember(token: string, claims: TokenClaims): void {
    this.#remembered.delete(token);
    this.#remembered.set(token, claims);
    if (this.#remembered.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }
}

function claimsOf(payload: JWTPayload | null): TokenClaims | null {
  if (!payload || typeof payload.sub !== 'string' || typeof payload['sid'] !== 'string') return null;
  const { iat, exp } = payload;
  if (iat === undefined || exp === undefined || (exp - iat) * 1_000 > MAX_LIFE_MS) return null;
  return { sessionId: payload['sid'], userId: payload.sub };
}
