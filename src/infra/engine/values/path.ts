import { located } from '../errors.js';
import { asDocument, isDocument } from './types.js';
import type { Document, Value } from './types.js';

/** The parts of a dotted path, such as `items.0.price`. */
export type Path = readonly string[];

/** As deep as documents may lie in each other. */
const MAX_PARTS = 200;

/** @throws {EngineError} 5984700 for a path that is longer than any document is deep. */
export function splitPath(path: string): Path {
  const parts = path.split('.');
  if (parts.length > MAX_PARTS) throw located(5984700, 'FieldPath is too long');
  return parts;
}

/** What the fields of a DBRef are called: the only names in a path that may begin with a dollar sign. */
export const REFERENCE_FIELDS: ReadonlySet<string> = new Set(['$ref', '$id', '$db']);

/** Whether the part can count an array's elements: no sign, no leading zero. */
export const isIndex = (part: string): boolean => /^(?:0|[1-9]\d*)$/.test(part);

/** A field of the document itself, never one that JavaScript gives every object. */
export function fieldOf(document: Document, name: string): Value {
  return Object.hasOwn(document, name) ? document[name] : undefined;
}

/** Sets a field of a document that nobody else has seen yet. `__proto__` is a name like any other. */
export function putField(document: Document, name: string, value: Value): void {
  if (name === '__proto__') {
    Object.defineProperty(document, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    document[name] = value;
  }
}

/**
 * Calls `test` with each value that a query's path leads to, until it answers true, and answers whether it did.
 * An array on the way stands for its documents and, where the part is a number, for that element; an array at the end is
 * given whole. A missing field is given as undefined, but an array without documents gives nothing.
 */
export function someValueAt(value: Value, path: Path, from: number, test: (value: Value) => boolean): boolean {
  let current = value;
  for (let index = from; index < path.length; index += 1) {
    const part = path[index] ?? '';
    if (Array.isArray(current)) return someElementAt(current, path, index, test);
    const document = asDocument(current);
    current = document === undefined ? undefined : fieldOf(document, part);
    if (current === undefined) return test(undefined);
  }
  return test(current);
}

function someElementAt(array: readonly Value[], path: Path, at: number, test: (value: Value) => boolean): boolean {
  const part = path[at] ?? '';
  if (isIndex(part) && Number(part) < array.length && someValueAt(array[Number(part)], path, at + 1, test)) return true;
  return array.some((element) => asDocument(element) !== undefined && someValueAt(element, path, at, test));
}

/** Every value at a query's path, arrays at its end taken apart once; missing ones left out. Order is the document's. */
export function valuesAt(document: Document, path: string): Value[] {
  const values: Value[] = [];
  someValueAt(document, splitPath(path), 0, (value) => {
    if (Array.isArray(value)) for (const element of value as Value[]) values.push(element);
    else if (value !== undefined) values.push(value);
    return false;
  });
  return values;
}

/** The one value at the path, numbers counting array elements; undefined where it leads nowhere. */
export function valueAt(value: Value, path: Path): Value {
  let current = value;
  for (const part of path) {
    if (Array.isArray(current)) current = isIndex(part) ? (current[Number(part)] as Value) : undefined;
    else if (isDocument(current)) current = fieldOf(current, part);
    else current = asDocument(current)?.[part];
    if (current === undefined) return undefined;
  }
  return current;
}

/**
 * What a field path of an expression means: an array on the way stands for the list of what its documents have there,
 * without those that have nothing. Arrays in that array are passed over. Numbers are field names.
 */
export function expressionValueAt(value: Value, path: Path, from = 0): Value {
  let current = value;
  for (let index = from; index < path.length; index += 1) {
    if (Array.isArray(current)) {
      return current
        .filter((element) => asDocument(element) !== undefined)
        .map((element) => expressionValueAt(element, path, index))
        .filter((found) => found !== undefined);
    }
    const document = asDocument(current);
    if (document === undefined) return undefined;
    current = fieldOf(document, path[index] ?? '');
  }
  return current;
}

/** The one value at the path, through documents only. */
export function valueAtFields(value: Value, path: Path): Value {
  let current = value;
  for (const part of path) {
    const document = asDocument(current);
    if (document === undefined) return undefined;
    current = fieldOf(document, part);
  }
  return current;
}
