import { documentTooLarge, overflow } from '../errors.js';
import { isBinary, isDocument } from './types.js';
import type { Value } from './types.js';

/** What a command may make on its way, in bytes of BSON: twice what a document may have in the end. */
const MAX_BYTES = 32 * 1024 * 1024;

/** How deep documents and arrays may lie in each other. */
const MAX_DEPTH = 200;

/**
 * Gives the value back if it is no larger and no deeper than values may be. Values share their parts, so that a short
 * expression can make a value of any size; what is built of documents and arrays is checked here, before anybody walks
 * through it to its end.
 *
 * @throws {EngineError} 10334 if it is too large, 15 if it is too deep.
 */
export function checkBounds<T extends Value>(value: T): T {
  if (typeof value === 'string') checkLength(value.length);
  else if (isContainer(value)) measure(value, MAX_BYTES, 0);
  return value;
}

/** @throws {EngineError} 10334 for a text that would be longer. */
export function checkLength(length: number): void {
  if (length > MAX_BYTES) throw tooLarge();
}

const tooLarge = (): Error =>
  documentTooLarge(`A value may not be larger than ${MAX_BYTES} bytes while a command works on it.`);

/** Whether values of any size may lie in it. */
export const isContainer = (value: Value): boolean => Array.isArray(value) || isDocument(value);

/** The bytes that are left of `room`. */
function measure(value: Value, room: number, depth: number): number {
  if (depth > MAX_DEPTH) throw overflow(`A value may not be nested more than ${MAX_DEPTH} levels deep.`);
  let left = room - ownSize(value);
  if (Array.isArray(value)) {
    for (const element of value) left = measure(element, left - 2, depth + 1);
  } else if (isDocument(value)) {
    for (const name in value) left = measure(value[name], left - 2 - name.length, depth + 1);
  }
  if (left < 0) throw tooLarge();
  return left;
}

function ownSize(value: Value): number {
  if (typeof value === 'string') return 5 + value.length;
  return isBinary(value) ? 5 + value.position : 5;
}
