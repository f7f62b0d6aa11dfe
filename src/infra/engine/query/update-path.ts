import { badValue, dollarPrefixedFieldName, emptyFieldName, pathNotViable } from '../errors.js';
import { fieldOf, isIndex, putField, splitPath } from '../values/path.js';
import type { Path } from '../values/path.js';
import { show } from '../values/show.js';
import { asDocument } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import type { ArrayFilters } from './array-filters.js';

/** What a change makes of the value at its path; undefined for "no field". */
export type Change = (current: Value, path: string) => Value;

export type UpdateContext = {
  readonly isInsert: boolean;
  /** The document before the update. */
  readonly original: Document;
  /** The element that the positional `$` stands for. */
  readonly positionIn: (arrayPath: string) => number | undefined;
  /** Gathers the paths that were changed, to find out whether two met; absent where that is known before. */
  readonly touched?: string[] | undefined;
};

/** How a change treats a path that is not there: makes it, leaves it, or leaves it even where it never could be. */
export type PathManner = 'create' | 'existing' | 'lenient';

const MAX_PADDING = 1_500_000;

/** @throws {EngineError} 2, 52 or 56 for what is no path of an update. */
export function parseUpdatePath(path: string, filters: ArrayFilters): Path {
  if (path === '') throw emptyFieldName('An empty update path is not valid.');
  const parts = splitPath(path);
  if (parts.filter((part) => part === '$').length > 1) {
    throw badValue(`Too many positional (i.e. '$') elements found in path '${path}'`);
  }
  for (const [at, part] of parts.entries()) checkPart(part, at, path, filters);
  return parts;
}

function checkPart(part: string, at: number, path: string, filters: ArrayFilters): void {
  if (part === '') {
    throw emptyFieldName(`The update path '${path}' contains an empty field name, which is not allowed.`);
  }
  if (!part.startsWith('$')) return;
  const identifier = /^\$\[(.*)\]$/.exec(part)?.[1];
  if (part === '$' || identifier !== undefined) {
    if (at === 0) {
      throw badValue(
        `Cannot have array filter identifier or positional element in the first position in path '${path}'`,
      );
    }
    if (identifier !== undefined && identifier !== '' && !filters.has(identifier)) {
      throw badValue(`No array filter found for identifier '${identifier}' in path '${path}'`);
    }
    return;
  }
  if (part.startsWith('$[')) throw dollarPrefixed(part, path);
}

const dollarPrefixed = (part: string, path: string): Error =>
  dollarPrefixedFieldName(`The dollar ($) prefixed field '${part}' in '${path}' is not valid for storage.`);

export type Writing = {
  readonly parts: Path;
  readonly change: Change;
  readonly manner: PathManner;
  readonly filters: ArrayFilters;
  readonly context: UpdateContext;
};

/**
 * The document with the change made, as a new document along the path.
 *
 * @throws {EngineError} 2 or 28, or 52 for a field of a document that is there and not in another, whose name begins with `$`.
 */
export function writeAt(document: Document, writing: Writing): Document {
  const [first = ''] = writing.parts;
  if (first.startsWith('$') && !writing.context.isInsert) throw dollarPrefixed(first, writing.parts.join('.'));
  return write(document, 0, [], writing) as Document;
}

function write(current: Value, at: number, done: readonly string[], writing: Writing): Value {
  const part = writing.parts[at];
  if (part === undefined) return finish(current, done, writing);
  if (part.startsWith('$[')) return writeElements(current, at, done, writing);
  const name = part === '$' ? positionOf(done, writing) : part;
  if (Array.isArray(current)) return writeElement(current as Value[], name, at, done, writing);
  const document = asDocument(current);
  if (document !== undefined) return writeField(document, name, at, done, writing);
  if (current === undefined) return writing.manner === 'create' ? writeField({}, name, at, done, writing) : undefined;
  return refuseStep(current, name, done, writing);
}

function finish(current: Value, done: readonly string[], { change, context }: Writing): Value {
  const path = done.join('.');
  context.touched?.push(path);
  return change(current, path);
}

function positionOf(done: readonly string[], { context }: Writing): string {
  const position = context.positionIn(done.join('.'));
  if (position === undefined) {
    throw badValue('The positional operator did not find the match needed from the query.');
  }
  return String(position);
}

function writeElements(current: Value, at: number, done: readonly string[], writing: Writing): Value {
  const path = done.join('.');
  if (current === undefined) {
    throw badValue(`The path '${path}' must exist in the document in order to apply array updates.`);
  }
  if (!Array.isArray(current)) {
    throw badValue(`Cannot apply array updates to non-array element ${done.at(-1) ?? ''}: ${show(current)}`);
  }
  const identifier = writing.parts[at]?.slice(2, -1) ?? '';
  const isChosen = identifier === '' ? () => true : writing.filters.get(identifier);
  return current.map((element: Value, index) =>
    isChosen?.(element) === true ? (write(element, at + 1, [...done, String(index)], writing) ?? null) : element,
  );
}

function writeElement(
  array: readonly Value[],
  name: string,
  at: number,
  done: readonly string[],
  writing: Writing,
): Value {
  if (!isIndex(name)) return refuseStep(array, name, done, writing);
  const index = Number(name);
  const exists = index < array.length;
  if (!exists && writing.manner !== 'create') return array;
  if (index - array.length > MAX_PADDING) throw badValue('Cannot pad the array with more than 1500000 nulls');
  const written = write(exists ? array[index] : undefined, at + 1, [...done, name], writing);
  if (!exists && written === undefined) return array;
  const copy = [...array];
  while (copy.length < index) copy.push(null);
  copy[index] = written ?? null;
  return copy;
}

function writeField(document: Document, name: string, at: number, done: readonly string[], writing: Writing): Value {
  const before = fieldOf(document, name);
  const written = write(before, at + 1, [...done, name], writing);
  if (written === before) return document;
  const copy = { ...document };
  if (written === undefined) delete copy[name];
  else putField(copy, name, written);
  return copy;
}

function refuseStep(current: Value, name: string, done: readonly string[], { manner }: Writing): Value {
  if (manner === 'lenient') return current;
  throw pathNotViable(`Cannot create field '${name}' in element {${done.at(-1) ?? ''}: ${show(current)}}`);
}
