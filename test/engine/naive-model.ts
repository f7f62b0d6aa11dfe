/**
 * A document database in the plainest words: arrays of JavaScript values, every document looked at, nothing shared with the
 * engine. Values are null, numbers, strings, booleans, patterns, arrays and objects; an absent field is undefined.
 */
export type Plain = null | undefined | number | string | boolean | RegExp | Plain[] | PlainDocument;
export type PlainDocument = { [name: string]: Plain };

const isDocument = (value: Plain): value is PlainDocument =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp);

/** Undefined and null, numbers, strings, objects, arrays, booleans, patterns: in that order. */
function rank(value: Plain): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return 1;
  if (typeof value === 'string') return 2;
  if (isDocument(value)) return 3;
  if (Array.isArray(value)) return 4;
  return typeof value === 'boolean' ? 5 : 6;
}

export function compare(one: Plain, other: Plain): number {
  const byRank = rank(one) - rank(other);
  if (byRank !== 0 || one === other || rank(one) === 0) return byRank;
  if (Array.isArray(one) && Array.isArray(other)) return compareLists(one, other, compare);
  if (isDocument(one) && isDocument(other))
    return compareLists(Object.entries(one), Object.entries(other), compareFields);
  if (one instanceof RegExp && other instanceof RegExp) return compare(one.source, other.source);
  return (one as number) < (other as number) ? -1 : 1;
}

function compareLists<T>(one: T[], other: T[], compareItems: (a: T, b: T) => number): number {
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const order = compareItems(one[i] as T, other[i] as T);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

const compareFields = ([name, value]: [string, Plain], [otherName, otherValue]: [string, Plain]): number =>
  rank(value) - rank(otherValue) || compare(name, otherName) || compare(value, otherValue);

/** What a path leads to: one value, or several where an array of documents is on the way; arrays at the end are given whole. */
function reach(value: Plain, path: string[]): Plain[] {
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (Array.isArray(value)) return value.filter(isDocument).flatMap((element) => reach(element, path));
  return isDocument(value) ? reach(value[name], rest) : [undefined];
}

/** What a condition is asked of: the value, and each element if it is an array. */
const askedOf = (document: PlainDocument, path: string): Plain[] =>
  reach(document, path.split('.')).flatMap((value) => (Array.isArray(value) ? [value, ...value] : [value]));

export type Condition =
  | { kind: 'eq' | 'ne'; path: string; value: Plain }
  | { kind: 'gt' | 'gte' | 'lt' | 'lte'; path: string; value: Plain }
  | { kind: 'in' | 'nin'; path: string; values: Plain[] }
  | { kind: 'exists'; path: string; isThere: boolean }
  | { kind: 'like'; path: string; pattern: RegExp }
  | { kind: 'and' | 'or'; parts: Condition[] };

export function matches(document: PlainDocument, condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => matches(document, part));
    case 'or':
      return condition.parts.some((part) => matches(document, part));
    case 'exists':
      return reach(document, condition.path.split('.')).some((value) => value !== undefined) === condition.isThere;
    case 'like':
      return askedOf(document, condition.path).some(
        (value) =>
          (typeof value === 'string' && condition.pattern.test(value)) || compare(value, condition.pattern) === 0,
      );
    case 'in':
      return condition.values.some((value) => equals(document, condition.path, value));
    case 'nin':
      return !condition.values.some((value) => equals(document, condition.path, value));
    case 'eq':
      return equals(document, condition.path, condition.value);
    case 'ne':
      return !equals(document, condition.path, condition.value);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const { kind, path, value: limit } = condition;
      return askedOf(document, path).some((value) => isOnSide(value, kind, limit));
    }
  }
}

const equals = (document: PlainDocument, path: string, wanted: Plain): boolean =>
  askedOf(document, path).some((value) => compare(value, wanted) === 0);

/** Only values of one type are compared. */
function isOnSide(value: Plain, kind: 'gt' | 'gte' | 'lt' | 'lte', limit: Plain): boolean {
  if (rank(value) !== rank(limit)) return false;
  const order = compare(value, limit);
  if (order === 0) return kind === 'gte' || kind === 'lte';
  return order > 0 === kind.startsWith('g');
}

/** The condition as MongoDB's query language has it. */
export function toFilter(condition: Condition): object {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { [`$${condition.kind}`]: condition.parts.map(toFilter) };
    case 'exists':
      return { [condition.path]: { $exists: condition.isThere } };
    case 'in':
    case 'nin':
      return { [condition.path]: { [`$${condition.kind}`]: condition.values } };
    case 'like':
      return { [condition.path]: condition.pattern };
    default:
      return { [condition.path]: { [`$${condition.kind}`]: condition.value } };
  }
}

/** Blind to case, as a collation of strength 2 is: with every string in small letters. */
export function blind<T>(value: T): T {
  if (typeof value === 'string') return value.toLowerCase() as T;
  if (Array.isArray(value)) return value.map(blind) as T;
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, blind(inner)])) as T;
}

export type Change =
  | { kind: 'set'; name: string; value: Plain }
  | { kind: 'unset'; name: string }
  | { kind: 'inc'; name: string; by: number }
  | { kind: 'push'; name: string; value: Plain };

/** The document after a change; undefined where the change cannot be made. */
export function changed(document: PlainDocument, change: Change): PlainDocument | undefined {
  const { [change.name]: old, ...others } = document;
  switch (change.kind) {
    case 'unset':
      return others;
    case 'set':
      return { ...document, [change.name]: change.value };
    case 'inc':
      if (old !== undefined && typeof old !== 'number') return undefined;
      return { ...document, [change.name]: (old ?? 0) + change.by };
    case 'push':
      if (old !== undefined && !Array.isArray(old)) return undefined;
      return { ...document, [change.name]: [...(old ?? []), change.value] };
  }
}

export function toUpdate(change: Change): object {
  const argument = change.kind === 'unset' ? 1 : change.kind === 'inc' ? change.by : change.value;
  return { [`$${change.kind}`]: { [change.name]: argument } };
}

export type SortField = { path: string; direction: 1 | -1 };

/** An array sorts by its least element, or by its greatest where the direction is down; an empty one before null. */
export function sorted(documents: PlainDocument[], fields: SortField[]): PlainDocument[] {
  return documents.toSorted((one, other) => {
    for (const { path, direction } of fields) {
      const order = compareKeys(sortKey(one, path, direction), sortKey(other, path, direction));
      if (order !== 0) return order * direction;
    }
    return 0;
  });
}

const EMPTY = Symbol('empty');

function sortKey(document: PlainDocument, path: string, direction: 1 | -1): Plain | typeof EMPTY {
  const keys = reach(document, path.split('.')).flatMap((value): (Plain | typeof EMPTY)[] =>
    Array.isArray(value) ? (value.length === 0 ? [EMPTY] : value) : [value ?? null],
  );
  return keys.toSorted((a, b) => compareKeys(a, b) * direction)[0];
}

function compareKeys(one: Plain | typeof EMPTY, other: Plain | typeof EMPTY): number {
  if (one === EMPTY || other === EMPTY) return Number(other === EMPTY) - Number(one === EMPTY);
  return compare(one, other);
}
