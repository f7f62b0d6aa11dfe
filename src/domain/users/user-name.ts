import { InvalidInputError } from '../../base/errors.js';

const NAME = /^[a-z0-9_.-]{3,32}$/;
const E_MAIL = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const MAX_E_MAIL_CHARS = 254;

/**
 * The one spelling of a name by which accounts are known: NFKC, lower case, trimmed; then a name of 3 to 32 of
 * `a-z 0-9 _ . -`, or an e-mail address in ASCII. All spellings of a name are the same account, and letters that
 * only look like these are in no name. Null for everything else.
 */
export function normalizeUserName(text: string): string | null {
  const name = foldUserName(text);
  const isName = NAME.test(name) || (name.length <= MAX_E_MAIL_CHARS && E_MAIL.test(name));
  return isName ? name : null;
}

/** The spelling that {@link normalizeUserName} judges: also of names that nobody can have, so that they can be counted. */
export function foldUserName(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}

/** @throws {InvalidInputError} for what nobody can be called. */
export function checkUserName(text: string): string {
  const name = normalizeUserName(text);
  if (name !== null) return name;
  throw new InvalidInputError(
    'userName',
    'A user name is an e-mail address, or 3 to 32 characters out of a-z, 0-9, "_", "." and "-".',
  );
}
