import { describe, expect, it } from 'vitest';
import { normalizeUserName } from '../../src/domain/users/user-name.js';

/** Of as many characters as its last label brings it to: 197 and those. */
const address = (last: number) => `${'x'.repeat(64)}@${'y'.repeat(63)}.${'z'.repeat(63)}.${'w'.repeat(last)}.com`;

describe('a user name', () => {
  it.each([
    ['ada', 'ada'],
    ['  Ada.Lovelace_1815-  ', 'ada.lovelace_1815-'],
    ['ＡＤＡ', 'ada'],
    ['\u212Aelvin', 'kelvin'],
    ['Ada@Example.COM', 'ada@example.com'],
    ["o'hara+tag@mail.example.co.kr", "o'hara+tag@mail.example.co.kr"],
    ['x'.repeat(32), 'x'.repeat(32)],
    [address(57), address(57)],
  ])('has one spelling: %j is %j', (text, name) => {
    expect(normalizeUserName(text)).toBe(name);
  });

  it.each([
    ['too short', 'ab'],
    ['too long', 'x'.repeat(33)],
    ['empty', ''],
    ['a space inside', 'ada lovelace'],
    ['Cyrillic letters that look Latin', '\u0430d\u0430'],
    ['Greek letters that look Latin', 'ad\u03B1'],
    ['a dotless i', 'adm\u0131n'],
    ['a dotted capital I, which folds to two characters', 'adm\u0130n'],
    ['a combining mark', 'ada\u0301'],
    ['a zero-width space', 'ada\u200B'],
    ['a right-to-left override', '\u202Eada'],
    ['a soft hyphen', 'ad\u00ADa'],
    ['a line break', 'ada\nroot'],
    ['NUL', 'ada\0'],
    ['Hangul', '홍길동'],
    ['two at signs', 'a@b@example.com'],
    ['a domain without a dot', 'ada@localhost'],
    ['a domain that ends in a hyphen', 'ada@example-.com'],
    ['an international domain that looks like another', 'ada@ex\u0430mple.com'],
    ['an e-mail address of more than 254 characters', address(58)],
    ['an e-mail address with more than 64 characters before its at sign', `${'x'.repeat(65)}@example.com`],
    ['an e-mail address with something before it', 'root ada@example.com'],
    ['an e-mail address with something behind it', 'ada@example.com root'],
    ['something that a query could be made of', '{"$gt":""}'],
  ])('is not %s', (_, text) => {
    expect(normalizeUserName(text)).toBeNull();
  });

  it('is judged in no time, however long the text', () => {
    const start = performance.now();

    expect(normalizeUserName(`${'a'.repeat(100_000)}@${'a.'.repeat(50_000)}`)).toBeNull();

    expect(performance.now() - start).toBeLessThan(100);
  });
});
