import { Int32 } from 'bson';
import { badValue, cannotCreateIndex, failedToParse, located, notImplemented } from '../errors.js';
import { isExpiry, isTrue } from '../indexes/index-spec.js';
import { isTextKey, textSpec } from '../indexes/text-index.js';
import { refuseReordered } from '../query/field-order.js';
import { isOperatorDocument } from '../query/field-test.js';
import { compileFilter } from '../query/filter.js';
import { compileCollation } from '../values/collation.js';
import { show } from '../values/show.js';
import { isTruthy } from '../values/truth.js';
import { asDocument, type Document, isDocument, isNumber, isRegex, typeName, type Value } from '../values/types.js';
import type { CommandContext } from './context.js';
import { queryEnv } from './query-env.js';

/** Options that are kept with an index; all others are refused. */
const OPTIONS = new Set([
  'v',
  'key',
  'name',
  'unique',
  'sparse',
  'hidden',
  'partialFilterExpression',
  'expireAfterSeconds',
  'collation',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
  '2dsphereIndexVersion',
  'bits',
  'min',
  'max',
  'wildcardProjection',
]);

/** Taken and forgotten, as mongod does. */
const FORGOTTEN = new Set(['background', 'ns', 'dropDups', 'prepareUnique', 'storageEngine']);

const SPECIAL_KINDS = new Set(['text', 'hashed', '2d', '2dsphere']);

/**
 * An index as the client wants it, as it is kept.
 *
 * @throws {EngineError} 67 and others for what mongod refuses.
 */
export function checkIndexSpec(given: Document, context: CommandContext): Document {
  const spec: Document = { v: new Int32(2) };
  for (const [name, value] of Object.entries(given)) {
    if (FORGOTTEN.has(name) || value === undefined) continue;
    if (!OPTIONS.has(name)) {
      throw located(197, `The field '${name}' is not valid for an index specification.`);
    }
    if ((name === 'unique' || name === 'sparse' || name === 'hidden') && value === false) continue;
    spec[name] = value;
  }
  checkKey(spec.key);
  checkIdIndex(spec);
  if (isTrue(spec.unique)) checkUniqueKey(asDocument(spec.key) ?? {});
  if (typeof spec.name !== 'string' || spec.name === '') {
    throw failedToParse("The 'name' field is a required property of an index specification");
  }
  if (spec.name === '*') throw badValue("The index name '*' is not valid.");
  if (spec.name.includes('\0')) throw cannotCreateIndex('Index name cannot contain a null byte');
  if (given.v !== undefined && Number(given.v) !== 1 && Number(given.v) !== 2) {
    throw cannotCreateIndex(
      `Invalid index specification ${show(spec)}; cannot create an index with v=${show(given.v)}`,
    );
  }
  checkExpiry(spec);
  checkPartialFilter(spec, context);
  const { collation } = spec;
  if (isDocument(collation)) compileCollation(collation);
  return isTextKey(asDocument(spec.key) ?? {}) ? textSpec(spec) : spec;
}

function checkKey(key: Value): void {
  if (!isDocument(key) || Object.keys(key).length === 0) throw cannotCreateIndex('Index keys cannot be empty.');
  refuseReordered('An index', key);
  for (const [path, direction] of Object.entries(key)) {
    if (path === '') throw cannotCreateIndex('Index keys cannot be an empty field.');
    if (path.split('.').includes('')) throw cannotCreateIndex('Index keys cannot contain an empty field.');
    if (path.startsWith('$') && path !== '$**') {
      throw cannotCreateIndex("Index key contains an illegal field name: field name starts with '$'.");
    }
    checkDirection(direction);
  }
}

/** The index of the `_id` is there already, and can be no other than it is: an expiry, say, would not be kept. */
function checkIdIndex(spec: Document): void {
  const { _id: direction, ...others } = asDocument(spec.key) ?? {};
  // mongod takes {_id: 2} for a key like any other.
  if (!isNumber(direction) || Math.abs(Math.trunc(Number(direction))) !== 1 || Object.keys(others).length > 0) return;
  const option = Object.keys(spec).find((name) => !ID_OPTIONS.has(name));
  if (option !== undefined) {
    throw located(
      197,
      `The field '${option}' is not valid for an _id index specification. Specification: ${show(spec)}`,
    );
  }
  if (Number(direction) !== 1) {
    throw badValue(`The field 'key' for an _id index must be {_id: 1}, but got ${show(spec.key)}`);
  }
}

const ID_OPTIONS = new Set(['v', 'key', 'name', 'collation']);

/** Hashed and geo indexes hold no keys here: a unique one could not refuse a duplicate. */
function checkUniqueKey(key: Document): void {
  const kinds = Object.values(key).filter((kind) => typeof kind === 'string');
  if (kinds.includes('hashed')) {
    throw located(16764, 'Currently hashed indexes cannot guarantee uniqueness. Use a regular index.');
  }
  const place = kinds.find((kind) => kind !== 'text');
  if (place === undefined) return;
  throw notImplemented(`A unique index of kind '${place}' is not supported by the embedded engine`);
}

function checkDirection(direction: Value): void {
  if (isNumber(direction)) {
    if (Number(direction) === 0 || Number.isNaN(Number(direction))) {
      throw cannotCreateIndex('Values in the index key pattern cannot be 0.');
    }
    return;
  }
  if (typeof direction !== 'string') {
    throw cannotCreateIndex(
      `Values in v:2 index key pattern cannot be of type ${typeName(direction)}. Only numbers > 0, numbers < 0, and strings are allowed.`,
    );
  }
  if (!SPECIAL_KINDS.has(direction)) throw cannotCreateIndex(`Unknown index plugin '${direction}'`);
}

function checkExpiry({ expireAfterSeconds: seconds, key }: Document): void {
  if (seconds === undefined) return;
  if (!isNumber(seconds)) {
    throw cannotCreateIndex(
      `TTL index 'expireAfterSeconds' option must be numeric, but received a type of ${typeName(seconds)}`,
    );
  }
  if (!isExpiry(seconds)) {
    throw cannotCreateIndex(
      `TTL index 'expireAfterSeconds' option must be within an acceptable range, not ${Number(seconds)}`,
    );
  }
  if (Object.keys(key as Document).length > 1) {
    throw cannotCreateIndex('TTL indexes are single-field indexes, compound indexes do not support TTL.');
  }
}

function checkPartialFilter({ partialFilterExpression: filter, sparse }: Document, context: CommandContext): void {
  if (filter === undefined) return;
  if (!isDocument(filter)) throw cannotCreateIndex("'partialFilterExpression' for an index has to be a document");
  if (sparse === true) throw cannotCreateIndex('cannot mix "partialFilterExpression" and "sparse" options');
  compileFilter(filter, queryEnv(context));
  checkExpressible(filter);
}

/** What a partial index may ask of a field. Like mongod, so that a model's indexes can be made there too. */
const PARTIAL_OPERATORS = new Set(['$eq', '$gt', '$gte', '$lt', '$lte', '$in', '$all', '$exists', '$type', '$comment']);

function checkExpressible(filter: Document): void {
  for (const [name, condition] of Object.entries(filter)) {
    if ((name === '$and' || name === '$or') && Array.isArray(condition)) {
      for (const part of condition) checkExpressible(asDocument(part) ?? {});
    } else if (name !== '$comment' && (name.startsWith('$') || !isExpressible(condition))) {
      throw cannotCreateIndex(`unsupported expression in partial index: ${show({ [name]: condition })}`);
    }
  }
}

function isExpressible(condition: Value): boolean {
  if (!isOperatorDocument(condition)) return !isRegex(condition);
  return Object.entries(condition).every(
    ([operator, operand]) =>
      PARTIAL_OPERATORS.has(operator) &&
      (operator !== '$exists' || isTruthy(operand)) &&
      (operator !== '$all' ||
        (Array.isArray(operand) && !operand.some((one) => isRegex(one) || isOperatorDocument(one)))),
  );
}
