import { expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { AesKeyVault } from '../../src/infra/crypto/aes-key-vault.js';

const vault = new AesKeyVault(new Secret('a master secret for tests, long enough for one'));

it('gives back what was sealed, also in another process with the same secret', () => {
  const again = new AesKeyVault(new Secret('a master secret for tests, long enough for one'));

  for (const key of ['sk-0123456789', '', '한글 🔑']) expect(again.open(vault.seal(key))).toBe(key);
});

it('seals the same key differently each time, so that equal keys cannot be told', () => {
  expect(vault.seal('sk-0123456789')).not.toBe(vault.seal('sk-0123456789'));
  expect(vault.seal('sk-0123456789')).not.toContain('sk-0123456789');
});

it('opens nothing that was changed, cut short, or sealed with another secret', () => {
  const sealed = vault.seal('sk-0123456789');
  const other = new AesKeyVault(new Secret('another master secret, long enough for one'));

  const bytes = Buffer.from(sealed.slice(3), 'base64url');
  for (let place = 0; place < bytes.length; place++) {
    const changed = Buffer.from(bytes);
    changed[place]! ^= 1;
    expect(() => vault.open(`v1.${changed.toString('base64url')}`)).toThrow('cannot be read any more');
  }
  for (const text of [sealed.slice(0, -4), 'v1.', ''])
    expect(() => vault.open(text)).toThrow('cannot be read any more');
  expect(() => other.open(sealed)).toThrow(expect.objectContaining({ code: 'MODEL_UNAVAILABLE' }));
});
