import type { Binary, BSONRegExp, Code, ObjectId, Timestamp } from 'bson';
import type { Collation } from './collation.js';
import { compareDoubles, compareNumbers } from './numbers.js';
import { compareStrings } from './strings.js';
import { asDocument, typeName } from './types.js';
import type { Document, NumberValue, TypeName, Value } from './types.js';

/** Where a type stands in MongoDB's order of all values. Types with one rank are compared with each other by value. */
const RANKS: Readonly<Record<TypeName, number>> = {
  minKey: -1,
  missing: 0,
  undefined: 0,
  null: 5,
  int: 10,
  long: 10,
  double: 10,
  decimal: 10,
  string: 15,
  symbol: 15,
  object: 20,
  array: 25,
  binData: 30,
  objectId: 35,
  bool: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  dbPointer: 55,
  javascript: 60,
  javascriptWithScope: 65,
  maxKey: 127,
};

export const typeRank = (value: Value): number => RANKS[typeName(value)];

/**
 * MongoDB's total order of all values: by type first, then by value. Negative, zero or positive.
 * A missing value is less than null.
 */
export function compareValues(left: Value, right: Value, collation?: Collation): number {
  if (left === right) return 0;
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right, collation);
  const type = typeName(left);
  const rank = RANKS[type] - typeRank(right);
  if (rank !== 0) return rank;
  switch (type) {
    case 'int':
    case 'long':
    case 'double':
    case 'decimal':
      return compareNumbers(left as NumberValue, right as NumberValue);
    case 'string':
    case 'symbol':
      return compareTexts(textOf(left), textOf(right), collation);
    case 'object':
      return compareDocuments(asDocument(left) ?? {}, asDocument(right) ?? {}, collation);
    case 'array':
      return compareArrays(left as Value[], right as Value[], collation);
    default:
      return compareScalars(type, left, right, collation);
  }
}

export const equalValues = (left: Value, right: Value, collation?: Collation): boolean =>
  compareValues(left, right, collation) === 0;

function compareScalars(type: TypeName, left: Value, right: Value, collation: Collation | undefined): number {
  switch (type) {
    case 'bool':
      return Number(left) - Number(right);
    case 'date':
      return compareDoubles((left as Date).getTime(), (right as Date).getTime());
    case 'objectId':
      return Buffer.compare((left as ObjectId).id, (right as ObjectId).id);
    case 'binData':
      return compareBinaries(left as Binary, right as Binary);
    case 'timestamp':
      return (left as Timestamp).compare(right as Timestamp);
    case 'regex':
      return compareRegexes(left as BSONRegExp, right as BSONRegExp);
    case 'javascript':
    case 'javascriptWithScope':
      return compareCode(left as Code, right as Code, collation);
    default:
      return 0;
  }
}

const compareTexts = (left: string, right: string, collation: Collation | undefined): number =>
  collation === undefined ? compareStrings(left, right) : collation.compare(left, right);

const textOf = (value: Value): string => (typeof value === 'string' ? value : (value as { value: string }).value);

/** Field by field in their order: by type, then by name, then by value; the one that ends first is less. */
function compareDocuments(left: Document, right: Document, collation: Collation | undefined): number {
  const leftNames = presentFields(left);
  const rightNames = presentFields(right);
  const length = Math.min(leftNames.length, rightNames.length);
  for (let index = 0; index < length; index += 1) {
    const leftName = leftNames[index] ?? '';
    const rightName = rightNames[index] ?? '';
    const a = left[leftName];
    const b = right[rightName];
    const order = typeRank(a) - typeRank(b) || compareStrings(leftName, rightName) || compareValues(a, b, collation);
    if (order !== 0) return order;
  }
  return leftNames.length - rightNames.length;
}

const presentFields = (document: Document): string[] =>
  Object.keys(document).filter((name) => document[name] !== undefined);

function compareArrays(left: readonly Value[], right: readonly Value[], collation: Collation | undefined): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const order = compareValues(left[index], right[index], collation);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareBinaries(left: Binary, right: Binary): number {
  return (
    left.position - right.position || left.sub_type - right.sub_type || Buffer.compare(bytesOf(left), bytesOf(right))
  );
}

/** The bytes in use; a Binary may have room for more. */
export const bytesOf = (value: Binary): Uint8Array => value.buffer.subarray(0, value.position);

function compareRegexes(left: BSONRegExp, right: BSONRegExp): number {
  return compareStrings(left.pattern, right.pattern) || compareStrings(left.options, right.options);
}

function compareCode(left: Code, right: Code, collation: Collation | undefined): number {
  return compareStrings(left.code, right.code) || compareValues(left.scope ?? null, right.scope ?? null, collation);
}
