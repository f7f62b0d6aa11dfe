import { notImplemented } from '../errors.js';
import { isIndex } from '../values/path.js';
import type { Document } from '../values/types.js';

/**
 * For those documents whose fields have an order that means something. A document is a JavaScript object here, in which names that
 * are whole numbers come first, whatever their place was; so where there are others beside one, their order is not known.
 *
 * @throws {EngineError} 238
 */
export function refuseReordered(what: string, fields: Document): void {
  const names = Object.keys(fields);
  const number = names.length > 1 ? names.find(isIndex) : undefined;
  if (number === undefined) return;
  throw notImplemented(
    `${what} by several fields, one of which is named by a whole number ('${number}'), is not supported by the embedded engine`,
  );
}
