import { failedToParse, typeMismatch } from '../errors.js';
import { compareNumbers, toSafeInteger } from '../values/numbers.js';
import { equalValues } from '../values/compare.js';
import { hashKey } from '../values/hash.js';
import { fieldOf } from '../values/path.js';
import { codePoints } from '../values/strings.js';
import { isDocument, isNumber, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { compileRegex } from './regex.js';
import { compileTypeTest } from './type-test.js';

type ValueTest = (this: void, value: Value) => boolean;

/**
 * What collection validators need of JSON Schema draft 4, with `bsonType`.
 *
 * @throws {EngineError} 9 for a keyword that is not known.
 */
export function compileJsonSchema(schema: Value): ValueTest {
  if (!isDocument(schema)) throw typeMismatch(`$jsonSchema must be an object, but found ${typeName(schema)}`);
  const tests = Object.keys(schema).flatMap((keyword) => compileKeyword(keyword, schema) ?? []);
  return (value) => tests.every((test) => test(value));
}

function compileKeyword(keyword: string, schema: Document): ValueTest | undefined {
  switch (keyword) {
    case 'title':
    case 'description':
    case '$comment':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return undefined;
    case 'bsonType':
      return compileTypeTest(schema.bsonType);
    case 'type':
      return compileTypeTest(jsonTypes(schema.type));
    case 'enum': {
      const allowed = listOf(schema.enum, keyword);
      return (value) => allowed.some((option) => equalValues(option, value));
    }
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return compileCombination(keyword, listOf(schema[keyword], keyword).map(compileJsonSchema));
    case 'not': {
      const matches = compileJsonSchema(schema.not);
      return (value) => !matches(value);
    }
    default:
      return compileTypedKeyword(keyword, schema);
  }
}

/** The keywords that say nothing of values of other types. */
function compileTypedKeyword(keyword: string, schema: Document): ValueTest {
  switch (keyword) {
    case 'minimum':
    case 'maximum':
    case 'multipleOf':
      return compileNumberKeyword(keyword, schema);
    case 'minLength':
    case 'maxLength':
    case 'pattern':
      return compileStringKeyword(keyword, schema[keyword]);
    case 'items':
    case 'additionalItems':
    case 'minItems':
    case 'maxItems':
    case 'uniqueItems':
      return compileArrayKeyword(keyword, schema);
    case 'required':
    case 'properties':
    case 'patternProperties':
    case 'additionalProperties':
    case 'minProperties':
    case 'maxProperties':
      return compileObjectKeyword(keyword, schema);
    default:
      throw failedToParse(`Unknown $jsonSchema keyword: ${keyword}`);
  }
}

function compileCombination(keyword: 'allOf' | 'anyOf' | 'oneOf', tests: readonly ValueTest[]): ValueTest {
  if (keyword === 'allOf') return (value) => tests.every((test) => test(value));
  if (keyword === 'anyOf') return (value) => tests.some((test) => test(value));
  return (value) => tests.filter((test) => test(value)).length === 1;
}

function compileNumberKeyword(keyword: string, schema: Document): ValueTest {
  const limit = schema[keyword];
  if (!isNumber(limit)) throw typeMismatch(`$jsonSchema keyword '${keyword}' must be a number`);
  if (keyword === 'multipleOf') {
    const step = Number(limit.toString());
    return (value) => !isNumber(value) || Number(value.toString()) % step === 0;
  }
  const sign = keyword === 'minimum' ? 1 : -1;
  const isExclusive = schema[keyword === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum'] === true;
  return (value) => {
    if (!isNumber(value)) return true;
    const order = compareNumbers(value, limit) * sign;
    return order > 0 || (order === 0 && !isExclusive);
  };
}

function compileStringKeyword(keyword: string, limit: Value): ValueTest {
  if (keyword === 'pattern') {
    const regex = compileRegex(limit, undefined);
    return (value) => typeof value !== 'string' || regex.test(value);
  }
  const length = countOf(limit, keyword);
  const isLong = keyword === 'minLength';
  return (value) =>
    typeof value !== 'string' || (isLong ? codePoints(value).length >= length : codePoints(value).length <= length);
}

function compileArrayKeyword(keyword: string, schema: Document): ValueTest {
  const argument = schema[keyword];
  switch (keyword) {
    case 'items':
      return compileItems(argument);
    case 'additionalItems':
      return compileAdditionalItems(argument, Array.isArray(schema.items) ? schema.items.length : Infinity);
    case 'uniqueItems':
      if (argument !== true) return () => true;
      return (value) => !Array.isArray(value) || new Set(value.map((item) => hashKey(item))).size === value.length;
    default: {
      const count = countOf(argument, keyword);
      const isLeast = keyword === 'minItems';
      return (value) => !Array.isArray(value) || (isLeast ? value.length >= count : value.length <= count);
    }
  }
}

function compileItems(argument: Value): ValueTest {
  if (!Array.isArray(argument)) {
    const matches = compileJsonSchema(argument);
    return (value) => !Array.isArray(value) || value.every(matches);
  }
  const tests = argument.map(compileJsonSchema);
  return (value) => !Array.isArray(value) || value.every((item, at) => tests[at]?.(item) ?? true);
}

function compileAdditionalItems(argument: Value, from: number): ValueTest {
  const matches = typeof argument === 'boolean' ? () => argument : compileJsonSchema(argument);
  return (value) => !Array.isArray(value) || value.slice(Math.min(from, value.length)).every((item) => matches(item));
}

function compileObjectKeyword(keyword: string, schema: Document): ValueTest {
  const argument = schema[keyword];
  switch (keyword) {
    case 'required': {
      const names = listOf(argument, keyword).map(String);
      return onDocuments((document) => names.every((name) => fieldOf(document, name) !== undefined));
    }
    case 'properties': {
      const tests = schemasOf(argument, keyword);
      return onDocuments((document) =>
        tests.every(([name, matches]) => fieldOf(document, name) === undefined || matches(document[name])),
      );
    }
    case 'patternProperties': {
      const tests = schemasOf(argument, keyword).map(
        ([name, matches]) => [compileRegex(name, undefined), matches] as const,
      );
      return onDocuments((document) =>
        tests.every(([regex, matches]) =>
          Object.keys(document).every((name) => !regex.test(name) || matches(document[name])),
        ),
      );
    }
    case 'additionalProperties':
      return compileAdditionalProperties(argument, schema);
    default: {
      const count = countOf(argument, keyword);
      const isLeast = keyword === 'minProperties';
      return onDocuments((document) => {
        const size = Object.keys(document).length;
        return isLeast ? size >= count : size <= count;
      });
    }
  }
}

function compileAdditionalProperties(argument: Value, schema: Document): ValueTest {
  const known = new Set(isDocument(schema.properties) ? Object.keys(schema.properties) : []);
  const patterns = isDocument(schema.patternProperties)
    ? Object.keys(schema.patternProperties).map((pattern) => compileRegex(pattern, undefined))
    : [];
  const matches = typeof argument === 'boolean' ? () => argument : compileJsonSchema(argument);
  return onDocuments((document) =>
    Object.keys(document).every(
      (name) => known.has(name) || patterns.some((regex) => regex.test(name)) || matches(document[name]),
    ),
  );
}

const onDocuments =
  (test: (document: Document) => boolean): ValueTest =>
  (value) =>
    !isDocument(value) || test(value);

function schemasOf(argument: Value, keyword: string): [string, ValueTest][] {
  if (!isDocument(argument)) throw typeMismatch(`$jsonSchema keyword '${keyword}' must be an object`);
  return Object.entries(argument).map(([name, schema]) => [name, compileJsonSchema(schema)]);
}

function listOf(argument: Value, keyword: string): Value[] {
  if (!Array.isArray(argument)) throw typeMismatch(`$jsonSchema keyword '${keyword}' must be an array`);
  if (argument.length === 0) throw failedToParse(`$jsonSchema keyword '${keyword}' cannot be an empty array`);
  return argument as Value[];
}

function countOf(argument: Value, keyword: string): number {
  const count = isNumber(argument) ? toSafeInteger(argument) : undefined;
  if (count === undefined || count < 0) {
    throw failedToParse(`$jsonSchema keyword '${keyword}' must be a non-negative integer`);
  }
  return count;
}

/** JSON's own names, for which MongoDB has others. `integer` is not one of them. */
function jsonTypes(argument: Value): Value {
  const list: readonly Value[] = Array.isArray(argument) ? argument : [argument];
  return list.map((name) => {
    if (name === 'boolean') return 'bool';
    if (name === 'integer') throw failedToParse("$jsonSchema type 'integer' is not currently supported.");
    return name;
  });
}
