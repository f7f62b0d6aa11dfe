import { badValue, notImplemented } from '../errors.js';
import type { Collation } from '../values/collation.js';
import { REFERENCE_FIELDS, fieldOf, someValueAt, splitPath } from '../values/path.js';
import { toBigInt, toDouble, toSafeInteger } from '../values/numbers.js';
import { show } from '../values/show.js';
import { isTruthy } from '../values/truth.js';
import { isDocument, isLong, isNumber, isRegex, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { compileBitTest } from './bits.js';
import { compileEquality, compileMembership, compileRange } from './comparison.js';
import type { RangeOperator } from './comparison.js';
import { compileRegex, compileRegexTest } from './regex.js';
import { compileTypeTest } from './type-test.js';

export type Matcher = (this: void, document: Document) => boolean;

/** A test of one value; undefined is a missing field. */
export type ValueTest = (this: void, value: Value) => boolean;

export type FieldTestParts = {
  /** The value is itself the element of an array, and an array then one value: it is not looked for in its own elements. */
  readonly isElement?: boolean;
  readonly collation: Collation | undefined;
  readonly elemMatch: (condition: Value) => ValueTest;
};

/** Whether the document is a list of operators and not a value to equal. */
export function isOperatorDocument(value: Value): value is Document {
  if (!isDocument(value)) return false;
  const [first] = Object.keys(value);
  return first !== undefined && first.startsWith('$') && !REFERENCE_FIELDS.has(first);
}

/** The test of one field: a value to equal, a regular expression, or operators that must all hold. */
export function compileFieldTest(path: string, condition: Value, parts: FieldTestParts): Matcher {
  if (!isOperatorDocument(condition)) return anyAt(path, compileImplicitEquality(condition, parts.collation), parts);
  const matchers = Object.keys(condition).flatMap((operator) => compileOperator(path, operator, condition, parts));
  const [only] = matchers;
  if (only !== undefined && matchers.length === 1) return only;
  return (document) => matchers.every((matches) => matches(document));
}

function compileImplicitEquality(value: Value, collation: Collation | undefined): ValueTest {
  return isRegex(value) ? compileRegexTest(compileRegex(value, undefined), value) : compileEquality(value, collation);
}

function compileOperator(path: string, operator: string, condition: Document, parts: FieldTestParts): Matcher[] {
  const argument = condition[operator];
  switch (operator) {
    case '$eq':
      return [anyAt(path, compileEquality(argument, parts.collation), parts)];
    case '$ne':
      if (isRegex(argument)) throw badValue("Can't have regex as arg to $ne.");
      return [not(anyAt(path, compileEquality(argument, parts.collation), parts))];
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return [anyAt(path, compileRange(operator satisfies RangeOperator, argument, parts.collation), parts)];
    case '$in':
      return [anyAt(path, compileMembership(operator, argument, parts.collation), parts)];
    case '$nin':
      return [not(anyAt(path, compileMembership(operator, argument, parts.collation), parts))];
    case '$not':
      return [compileNot(path, argument, parts)];
    case '$regex':
      return [anyAt(path, compileRegexTest(compileRegex(argument, condition.$options), undefined), parts)];
    case '$options':
      if (!('$regex' in condition)) throw badValue('$options needs a $regex');
      return [];
    case '$comment':
      return [];
    default:
      return [compileShapeOperator(path, operator, argument, parts)];
  }
}

/** The operators that ask what a value is like and not how it compares. */
function compileShapeOperator(path: string, operator: string, argument: Value, parts: FieldTestParts): Matcher {
  switch (operator) {
    case '$exists': {
      const exists = wholeAt(path, (value) => value !== undefined);
      return isTruthy(argument) ? exists : not(exists);
    }
    case '$type':
      return compileTypeOperator(path, argument, parts);
    case '$size':
      return wholeAt(path, compileSize(argument));
    case '$all':
      return compileAll(path, argument, parts);
    case '$elemMatch':
      return wholeAt(path, parts.elemMatch(argument));
    case '$mod':
      return anyAt(path, compileModulo(argument), parts);
    case '$bitsAllSet':
    case '$bitsAnySet':
    case '$bitsAllClear':
    case '$bitsAnyClear':
      return anyAt(path, compileBitTest(operator, argument), parts);
    case '$geoWithin':
    case '$geoIntersects':
    case '$within':
    case '$near':
    case '$nearSphere':
    case '$geoNear':
      throw notImplemented(`${operator} is not supported by the embedded engine`);
    default:
      throw badValue(`unknown operator: ${operator}`);
  }
}

/** Every value at the path, and every element of a value that is an array. */
function anyAt(path: string, test: ValueTest, { isElement = false }: FieldTestParts): Matcher {
  if (isElement) return wholeAt(path, test);
  const testWithElements: ValueTest = (value) => test(value) || (Array.isArray(value) && value.some(test));
  return wholeAt(path, testWithElements);
}

/** Every value at the path, an array as one value. */
function wholeAt(path: string, test: ValueTest): Matcher {
  if (!path.includes('.')) return (document) => test(fieldOf(document, path));
  const parts = splitPath(path);
  return (document) => someValueAt(document, parts, 0, test);
}

const not =
  (matches: Matcher): Matcher =>
  (document) =>
    !matches(document);

function compileNot(path: string, argument: Value, parts: FieldTestParts): Matcher {
  if (!isRegex(argument) && !isDocument(argument)) throw badValue('$not needs a regex or a document');
  if (isDocument(argument) && !isOperatorDocument(argument)) {
    throw badValue(
      Object.keys(argument).length === 0 ? '$not cannot be empty' : `unknown operator: ${Object.keys(argument)[0]}`,
    );
  }
  return not(compileFieldTest(path, argument, parts));
}

/** An array has a type if it is of it or an element is; `array` alone means the value itself. */
function compileTypeOperator(path: string, argument: Value, parts: FieldTestParts): Matcher {
  const test = compileTypeTest(argument);
  return anyAt(path, (value) => value !== undefined && test(value), parts);
}

function compileSize(argument: Value): ValueTest {
  if (!isNumber(argument)) throw badValue(`Failed to parse $size. Expected a number in: $size: ${show(argument)}`);
  const size = toSafeInteger(argument);
  if (size === undefined) throw badValue(`Failed to parse $size. Expected an integer: $size: ${show(argument)}`);
  if (size < 0) throw badValue(`Failed to parse $size. Expected a non-negative number in: $size: ${show(argument)}`);
  return (value) => Array.isArray(value) && value.length === size;
}

function compileAll(path: string, argument: Value, parts: FieldTestParts): Matcher {
  if (!Array.isArray(argument)) throw badValue('$all needs an array');
  const list: readonly Value[] = argument;
  const hasElemMatch = isDocument(list[0]) && '$elemMatch' in list[0];
  const matchers = list.map((element): Matcher => {
    if (hasElemMatch) {
      if (!isDocument(element) || Object.keys(element)[0] !== '$elemMatch') {
        throw badValue('$all/$elemMatch has to be consistent');
      }
      return wholeAt(path, parts.elemMatch(element.$elemMatch));
    }
    if (isOperatorDocument(element)) throw badValue('no $ expressions in $all');
    return anyAt(path, compileImplicitEquality(element, parts.collation), parts);
  });
  return (document) => matchers.length > 0 && matchers.every((matches) => matches(document));
}

function compileModulo(argument: Value): ValueTest {
  if (!Array.isArray(argument)) throw badValue('malformed mod, needs to be an array');
  if (argument.length < 2) throw badValue('malformed mod, not enough elements');
  if (argument.length > 2) throw badValue('malformed mod, too many elements');
  const [divisor, rest] = argument.map((value: Value, at) => modulus(value, at === 0 ? 'divisor' : 'remainder'));
  if (divisor === undefined || divisor === 0) throw badValue('divisor cannot be 0');
  return (value) => {
    if (!isNumber(value)) return false;
    const number = toDouble(value);
    if (Number.isSafeInteger(Math.trunc(number))) return Math.trunc(number) % divisor === rest;
    return isLong(value) && toBigInt(value) % BigInt(divisor) === BigInt(rest ?? 0);
  };
}

function modulus(value: Value, what: string): number {
  if (!isNumber(value)) throw badValue(`malformed mod, ${what} not a number: ${typeName(value)}`);
  const number = Math.trunc(toDouble(value));
  if (!Number.isFinite(number)) throw badValue(`malformed mod, ${what} value is invalid :: caused by :: out of range`);
  return number + 0;
}
