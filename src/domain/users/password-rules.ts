import { InvalidInputError } from '../../base/errors.js';
import { COMMON_PASSWORDS } from './common-passwords.js';

const MIN_PASSWORD_CHARS = 8;
const MAX_PASSWORD_CHARS = 128;

/**
 * A password as it is hashed: any characters, none of them trimmed or cut off. Composed (NFC), because the same Hangul
 * typed on another system may arrive in pieces.
 *
 * @param field The input field to name in the error.
 * @throws {InvalidInputError} if it is shorter than 8 or longer than 128 characters, one of the most common ones, or holds NUL or half a surrogate pair.
 */
export function checkPassword(field: string, text: string): string {
  const password = comparablePassword(text);
  const length = Array.from(password).length;
  if (length < MIN_PASSWORD_CHARS || length > MAX_PASSWORD_CHARS) {
    throw new InvalidInputError(field, `A password has ${MIN_PASSWORD_CHARS} to ${MAX_PASSWORD_CHARS} characters.`);
  }
  if (/[\0\p{Surrogate}]/u.test(password)) {
    throw new InvalidInputError(field, 'A password cannot hold NUL or half a character.');
  }
  if (COMMON_PASSWORDS.has(password.toLowerCase())) {
    throw new InvalidInputError(field, 'This password is one of the first that anybody would guess.');
  }
  return password;
}

/** The form in which passwords are compared with their hash. */
export function comparablePassword(text: string): string {
  return text.normalize('NFC');
}
