import { badValue } from '../errors.js';
import { compileMeta } from '../expression/meta.js';
import type { Collation } from '../values/collation.js';
import { compareValues } from '../values/compare.js';
import type { QueryEnv } from '../values/env.js';
import { integerOf } from '../values/numbers.js';
import { fieldOf, isIndex, splitPath } from '../values/path.js';
import type { Path } from '../values/path.js';
import { refuseReordered } from './field-order.js';
import { show } from '../values/show.js';
import { asDocument, isDocument } from '../values/types.js';
import type { Document, Value } from '../values/types.js';

/** One value for each field of the sort. */
export type SortKey = readonly Value[];

export type Sorting = {
  /** Of all the keys that the arrays of a document allow, the one that comes first. */
  readonly keyOf: (document: Document) => SortKey;
  readonly compare: (left: SortKey, right: SortKey) => number;
};

type TextScore = QueryEnv['textScore'];

/**
 * Sorts by several fields, each ascending (1) or descending (-1). A missing field is null, an empty array comes before it,
 * and an array counts as its least element, or its greatest where the order is descending. `{ $meta: 'textScore' }` puts
 * the best first.
 *
 * @throws {EngineError} 2 for any other direction, 40218 for a text score that nothing gives, 238 for an order of fields that is not known.
 */
export function compileSortKeys(spec: Document, collation?: Collation, textScore?: TextScore): Sorting {
  refuseReordered('An order', spec);
  const fields = Object.entries(spec).map(([name, direction]) => fieldOfSort(name, direction, textScore));
  const compare = (left: SortKey, right: SortKey): number => {
    for (let at = 0; at < fields.length; at += 1) {
      const order = compareValues(left[at], right[at], collation);
      if (order !== 0) return order * (fields[at]?.direction ?? 1);
    }
    return 0;
  };
  const paths = fields.map(({ path }) => path);
  const keyOf = (document: Document): SortKey =>
    firstKey(document, { paths, known: fields.map(({ compute }) => compute?.(document)) }, compare);
  return { compare, keyOf };
}

export function compileSort(
  spec: Document,
  collation?: Collation,
  textScore?: TextScore,
): (left: Document, right: Document) => number {
  const { keyOf, compare } = compileSortKeys(spec, collation, textScore);
  return (left, right) => compare(keyOf(left), keyOf(right));
}

type SortField = {
  /** Absent for what is computed. */
  readonly path: Path | undefined;
  readonly direction: 1 | -1;
  readonly compute?: (document: Document) => Value;
};

function fieldOfSort(name: string, value: Value, textScore: TextScore): SortField {
  if (isDocument(value) && '$meta' in value) {
    return { path: undefined, direction: -1, compute: compileMeta(value.$meta, { textScore }) };
  }
  return { path: splitPath(name), direction: directionOf(name, value) };
}

function directionOf(name: string, value: Value): 1 | -1 {
  if (name === '') throw badValue('FieldPath cannot be constructed with empty string');
  if (name.startsWith('$')) {
    throw badValue(`FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  }
  const direction = integerOf(value);
  if (direction !== 1 && direction !== -1) {
    throw badValue(`$sort key ordering must be 1 (for ascending) or -1 (for descending); ${name}: ${show(value)}`);
  }
  return direction;
}

type Compare = (left: SortKey, right: SortKey) => number;

/** For each field of the sort its path; or, where it has none, the value that was computed for it. */
type Wanted = { readonly paths: readonly (Path | undefined)[]; readonly known: SortKey };

function firstKey(document: Document, wanted: Wanted, compare: Compare): SortKey {
  const simple = simpleKey(document, wanted);
  if (simple !== undefined) return simple;
  const keys = keysOf(document, wanted.paths, wanted.known);
  return keys.reduce((best, key) => (compare(key, best) < 0 ? key : best));
}

/** The only key of a document that has no array on the way; undefined if it has one. */
function simpleKey(document: Document, { paths, known }: Wanted): SortKey | undefined {
  const key: Value[] = [];
  for (const [at, path] of paths.entries()) {
    let value: Value = path === undefined ? known[at] : document;
    for (const part of path ?? []) {
      const inner = asDocument(value);
      value = inner === undefined ? undefined : fieldOf(inner, part);
      if (Array.isArray(value)) return undefined;
    }
    key.push(value ?? null);
  }
  return key;
}

/** Every key: paths that go through the same array go through its elements together. */
function keysOf(value: Value, paths: readonly (Path | undefined)[], known: SortKey): SortKey[] {
  const walked = paths.map((path, at) => (path === undefined ? { value: known[at] } : walk(value, path)));
  const arrays = walked.flatMap((step) => ('array' in step ? [step] : []));
  const [first] = arrays;
  const key = walked.map((step) => ('array' in step ? undefined : (step.value ?? null)));
  if (first === undefined) return [key];
  if (arrays.some(({ array }) => array !== first.array)) {
    throw badValue('cannot sort with keys that are parallel arrays');
  }
  const rest = walked.map((step) => ('array' in step ? step.rest : undefined));
  if (first.array.length === 0) return [rest.map((path, at) => (path === undefined ? key[at] : emptyKey(path)))];
  return first.array.flatMap((element) => elementKeys(element, rest, key));
}

/** What an empty array sorts as: below null where the path ends at it, as null where the path leads on into its elements. */
const emptyKey = (rest: Path): Value => (rest.length === 0 ? undefined : null);

function elementKeys(element: Value, rest: readonly (Path | undefined)[], key: SortKey): SortKey[] {
  const isPlain = asDocument(element) === undefined;
  if (!isPlain) return keysOf(element, rest, key);
  return [rest.map((path, at) => (path === undefined ? key[at] : path.length === 0 ? element : null))];
}

type Step = { readonly value: Value } | { readonly array: readonly Value[]; readonly rest: Path };

/** Follows a path to its end or to the first array that it does not count into. */
function walk(start: Value, path: Path): Step {
  let value = start;
  for (let at = 0; at < path.length; at += 1) {
    const part = path[at] ?? '';
    if (Array.isArray(value)) {
      if (!isIndex(part) || Number(part) >= value.length) return { array: value as Value[], rest: path.slice(at) };
      value = value[Number(part)] as Value;
    } else {
      const document = asDocument(value);
      value = document === undefined ? undefined : fieldOf(document, part);
    }
  }
  return Array.isArray(value) ? { array: value as Value[], rest: [] } : { value };
}
