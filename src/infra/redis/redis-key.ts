const ID = /^[\w:.@-]{1,128}$/;

/**
 * An id as a part of a key.
 *
 * @throws {RangeError} for what no caller may let through: anything but 1 to 128 characters of `A-Z a-z 0-9 _ : . @ -`.
 */
export function keyPart(id: string): string {
  if (!ID.test(id)) throw new RangeError('An id that is no part of a key has come as far as Redis.');
  return id;
}
