import { EngineError, notSingleValueField } from '../errors.js';
import { fieldOf, putField, splitPath } from '../values/path.js';
import type { Path } from '../values/path.js';
import { isDocument, isRegex } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { isOperatorDocument } from './field-test.js';

/**
 * The document that an upsert starts from: the fields that the filter wants to equal one value.
 *
 * @throws {EngineError} 54 when it wants two values of one field, 224 when it has an `$expr`.
 */
export function upsertBase(filter: Document): Document {
  checkUpsertFilter(filter);
  const wanted = new Map<string, Value>();
  collect(filter, wanted);
  let base: Document = {};
  for (const [path, value] of wanted) base = withField(base, splitPath(path), value, path);
  return base;
}

/** @throws {EngineError} 224 for a filter that no upsert may have, whether or not it finds a document. */
export function checkUpsertFilter(filter: Document): void {
  for (const [name, condition] of Object.entries(filter)) {
    if (name === '$expr') {
      throw new EngineError(224, 'QueryFeatureNotAllowed', '$expr is not allowed in the query predicate for an upsert');
    }
    if (name.startsWith('$') && Array.isArray(condition)) {
      for (const branch of condition as Value[]) if (isDocument(branch)) checkUpsertFilter(branch);
    }
  }
}

function collect(filter: Document, wanted: Map<string, Value>): void {
  for (const [name, condition] of Object.entries(filter)) {
    if (name === '$and' || (name === '$or' && Array.isArray(condition) && condition.length === 1)) {
      for (const branch of condition as Value[]) if (isDocument(branch)) collect(branch, wanted);
    } else if (!name.startsWith('$')) {
      const value = equalTo(condition);
      if (value !== undefined) want(wanted, name, value);
    }
  }
}

function want(wanted: Map<string, Value>, path: string, value: Value): void {
  if (wanted.has(path)) throw twice(path);
  wanted.set(path, value);
}

/** The one value that a condition allows; undefined if there is more than one. */
function equalTo(condition: Value): Value {
  if (isRegex(condition)) return undefined;
  if (!isOperatorDocument(condition)) return condition;
  if ('$eq' in condition) return condition.$eq;
  const list = condition.$in ?? condition.$all;
  if (!Array.isArray(list) || list.length !== 1) return undefined;
  const [only] = list as Value[];
  return isOperatorDocument(only) || isRegex(only) ? undefined : only;
}

function withField(document: Document, path: Path, value: Value, whole: string): Document {
  const [name = '', ...rest] = path;
  const copy = { ...document };
  if (rest.length === 0) {
    if (fieldOf(document, name) !== undefined) throw twice(whole);
    putField(copy, name, value);
    return copy;
  }
  const inner = fieldOf(document, name) ?? {};
  if (!isDocument(inner)) throw twice(whole);
  putField(copy, name, withField(inner, rest, value, whole));
  return copy;
}

const twice = (path: string): Error =>
  notSingleValueField(`cannot infer query fields to set, path '${path}' is matched twice`);
