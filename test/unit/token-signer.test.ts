import { createHmac, createPrivateKey, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { deriveKey, Secret } from '../../src/base/secret.js';
import type { TokenSigner } from '../../src/domain/users/token-signer.js';
import { createTokenSigner } from '../../src/infra/jose/jose-token-signer.js';

const DAY = 24 * 60 * 60 * 1_000;
const SECRET = new Secret('one secret of at least thirty-two bytes');
const claims = { sessionId: 'c2Vzc2lvbg', userId: 'usr_ada' };

describe('a token', () => {
  it('gives back what was signed, also after a restart, and not under another secret', async () => {
    const token = await (await signerAt()).sign(claims, inDays(30));

    expect(await (await signerAt()).verify(token)).toEqual(claims);
    expect(
      await (await createTokenSigner(new Secret('another secret of thirty-two bytes'), clockAt())).verify(token),
    ).toBeNull();
  });

  it('is a JWT by EdDSA that says whose, for what, since when and until when, and nothing else', async () => {
    const signer = await signerAt();

    const token = await signer.sign(claims, inDays(30));

    const [key] = (signer.jwks() as JSONWebKeySet).keys;
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: 'JWT', kid: key?.kid });
    expect(decodeJwt(token)).toEqual({
      iss: 'tomato',
      aud: 'tomato',
      sub: claims.userId,
      sid: claims.sessionId,
      iat: seconds(clockAt().now()),
      exp: seconds(inDays(30)),
    });
  });

  it('can be checked by anybody with the public keys, which hold nothing private', async () => {
    const signer = await signerAt();
    const jwks = signer.jwks() as JSONWebKeySet;

    const { payload } = await jwtVerify(await signer.sign(claims, inDays(30)), createLocalJWKSet(jwks), {
      currentDate: clockAt().now(),
    });

    expect(payload.sub).toBe(claims.userId);
    expect(jwks.keys.map((key) => Object.keys(key).toSorted())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x']]);
  });

  it('still gives its claims once it has expired, so that the session store can say that it has ended', async () => {
    const token = await (await signerAt()).sign(claims, inDays(1));

    expect(await (await signerAt(2 * DAY)).verify(token)).toEqual(claims);
  });

  it('is not signed for more than 31 days', async () => {
    const signer = await signerAt();

    expect(() => signer.sign(claims, inDays(32))).toThrow(RangeError);
  });
});

describe('what is refused', () => {
  it.each([
    ['nothing', ''],
    ['words', 'not a token'],
    ['dots', '..'],
    ['something endless', `${'a'.repeat(100_000)}.b.c`],
  ])('%s', async (_, text) => {
    expect(await (await signerAt()).verify(text)).toBeNull();
  });

  it('a token that was changed in any part', async () => {
    const signer = await signerAt();
    const parts = (await signer.sign(claims, inDays(30))).split('.');
    const [header = '', payload = '', signature = ''] = parts;
    const otherPayload = encode({ ...decodeJwt(parts.join('.')), sub: 'usr_root' });

    expect(await signer.verify(`${header}.${otherPayload}.${signature}`)).toBeNull();
    expect(await signer.verify(`${encode({ alg: 'EdDSA' })}.${payload}.${signature}`)).toBeNull();
    expect(
      await signer.verify(`${header}.${payload}.${signature.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`),
    ).toBeNull();
    expect(await signer.verify(`${header}.${payload}.`)).toBeNull();
  });

  it('no signature at all ("none")', async () => {
    const { signer, header, payload } = await genuine();

    for (const alg of ['none', 'None', 'NONE']) {
      expect(await signer.verify(`${encode({ ...header, alg })}.${encode(payload)}.`)).toBeNull();
    }
  });

  it('an HMAC with the public key as its secret', async () => {
    const { signer, header, payload } = await genuine();
    const [key] = (signer.jwks() as JSONWebKeySet).keys;
    const signed = `${encode({ ...header, alg: 'HS256' })}.${encode(payload)}`;

    for (const secret of [String(key?.x), JSON.stringify(key), Buffer.from(String(key?.x), 'base64url')]) {
      expect(
        await signer.verify(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`),
      ).toBeNull();
    }
  });

  it('a stranger’s key, under our key id, under its own, under none, or brought along in the header', async () => {
    const { signer, header, payload } = await genuine();
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = publicKey.export({ format: 'jwk' });
    const { kid: _ours, ...withoutKid } = header;
    const headers = [
      header,
      { ...header, kid: 'another' },
      withoutKid,
      { ...header, jwk },
      { ...header, jku: 'https://example.com/jwks.json' },
      { ...header, x5u: 'https://example.com/cert.pem' },
    ];

    for (const forged of headers) {
      const signed = `${encode(forged)}.${encode(payload)}`;
      const signature = signBytes(null, Buffer.from(signed), privateKey).toString('base64url');
      expect(await signer.verify(`${signed}.${signature}`)).toBeNull();
    }
  });

  it('our key under another key id, or under none', async () => {
    const { signer, header, payload } = await genuine();
    const { kid: _ours, ...withoutKid } = header;
    const signed = (under: object) =>
      new SignJWT(payload).setProtectedHeader({ ...under, alg: 'EdDSA' }).sign(privateKeyOf(signer));

    expect(await signer.verify(await signed(header))).toEqual(claims);
    for (const under of [{ ...header, kid: 'another' }, { ...header, kid: '' }, withoutKid]) {
      expect(await signer.verify(await signed(under)), JSON.stringify(under)).toBeNull();
    }
  });

  it('a token of ours that is for somebody else’s ears or lacks what ours have', async () => {
    const { signer, header, payload } = await genuine();
    const privateKey = privateKeyOf(signer);
    const forge = (changes: object) =>
      new SignJWT({ ...payload, ...changes }).setProtectedHeader({ ...header, alg: 'EdDSA' }).sign(privateKey);

    expect(await signer.verify(await forge({}))).toEqual(claims);
    for (const changes of [
      { aud: 'another' },
      { iss: 'another' },
      { sid: undefined },
      { sid: 1 },
      { sub: undefined },
      { exp: undefined },
      { iat: undefined },
      { exp: seconds(inDays(60)) },
    ]) {
      expect(await signer.verify(await forge(changes)), JSON.stringify(changes)).toBeNull();
    }
  });
});

function clockAt(offset = 0) {
  return { now: () => new Date(Date.parse('2026-01-01T00:00:00Z') + offset) };
}

function signerAt(offset = 0): Promise<TokenSigner> {
  return createTokenSigner(SECRET, clockAt(offset));
}

/** A good token's signer and parts, to make bad ones from. */
async function genuine() {
  const signer = await signerAt();
  const token = await signer.sign(claims, inDays(30));
  return { signer, header: decodeProtectedHeader(token), payload: decodeJwt(token) };
}

function privateKeyOf(signer: TokenSigner) {
  const [key] = (signer.jwks() as JSONWebKeySet).keys;
  const d = deriveKey(SECRET, 'token-signing').toString('base64url');
  return createPrivateKey({ key: { ...key, d }, format: 'jwk' });
}

const inDays = (days: number) => new Date(clockAt().now().getTime() + days * DAY);
const seconds = (date: Date) => Math.floor(date.getTime() / 1_000);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
