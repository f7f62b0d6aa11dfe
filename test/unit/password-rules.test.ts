import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/base/errors.js';
import { checkPassword } from '../../src/domain/users/password-rules.js';

describe('a password', () => {
  it.each([
    ['eight characters', 'x7#kq9!v'],
    ['128 characters', 'x7'.repeat(64)],
    ['128 characters that take two code units each', '🍅'.repeat(128)],
    ['spaces around it, which count', '  x7#kq  '],
    ['Hangul', '정말로 긴 비밀번호'],
    ['line breaks and other control characters', 'a\nb\tc\u0007d\u001b e'],
  ])('may be %s, and is taken as it is', (_, password) => {
    expect(checkPassword('password', password)).toBe(password);
  });

  it.each([
    ['shorter than eight characters', 'x7#kq9!'],
    ['four characters that take two code units each', '🍅🍅🍅🍅'],
    ['longer than 128 characters', 'x7'.repeat(64) + 'x'],
    ['NUL', 'x7#kq9!v\0'],
    ['half a surrogate pair', 'x7#kq9!v\ud83c'],
    ['one of the most common', 'password123'],
    ['one of the most common in capitals', 'QWERTYUIOP'],
  ])('is not %s', (_, password) => {
    expect(() => checkPassword('newPassword', password)).toThrow(InvalidInputError);
    expect(() => checkPassword('newPassword', password)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', details: { field: 'newPassword' } }),
    );
  });

  it('is the same one however its Hangul was composed', () => {
    const typed = '정말로 긴 비밀번호';

    expect(checkPassword('password', typed.normalize('NFD'))).toBe(typed.normalize('NFC'));
  });
});
