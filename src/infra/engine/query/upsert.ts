import { EngineError, notSingleValueField } from '../errors.js';
import { fieldOf, putField, splitPath } from '../values/path.js';
import type { Path } from '../values/path.js';
import { asDocument, isDocument, isRegex } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { isOperatorDocument } from './field-test.js';
import type { Update } from './update.js';

/**
 * The document that an upsert starts from: the fields that the filter wants to equal one value; where it is replaced, the `_id` alone.
 *
 * @throws {EngineError} 54 when it wants two values of one field, 111 when a replacement's `_id` is known in part, 224 when it has an `$expr`.
 */
export function upsertBase(filter: Document, { isReplacement }: Pick<Update, 'isReplacement'>): Document {
  checkUpsertFilter(filter);
  const wanted = new Map<string, Value>();
  collect(filter, wanted, isReplacement);
  let base: Document = {};
  for (const [path, value] of wanted) base = withField(base, splitPath(path), value);
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

function collect(filter: Document, wanted: Map<string, Value>, isIdAlone: boolean): void {
  for (const [name, condition] of Object.entries(filter)) {
    if (name === '$and' || (name === '$or' && Array.isArray(condition) && condition.length === 1)) {
      for (const branch of condition as Value[]) if (isDocument(branch)) collect(branch, wanted, isIdAlone);
    } else if (!name.startsWith('$')) {
      const value = equalTo(condition);
      if (value !== undefined && (!isIdAlone || isWholeId(name))) want(wanted, name, value);
    }
  }
}

function isWholeId(path: string): boolean {
  if (!path.startsWith('_id.')) return path === '_id';
  throw new EngineError(
    111,
    'NotExactValueField',
    `field at '_id' must be exactly specified, field at sub-path '${path}'found`,
  );
}

function want(wanted: Map<string, Value>, path: string, value: Value): void {
  for (const other of wanted.keys()) {
    if (other === path) throw notSingleValue(`path '${path}' is matched twice`);
    const [outer = '', inner = ''] = [path, other].toSorted((a, b) => a.length - b.length);
    if (inner.startsWith(`${outer}.`)) throw notSingleValue(`both paths '${inner}' and '${outer}' are matched`);
  }
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

function withField(document: Document, path: Path, value: Value): Document {
  const [name = '', ...rest] = path;
  const copy = { ...document };
  const inner = asDocument(fieldOf(document, name)) ?? {};
  putField(copy, name, rest.length === 0 ? value : withField(inner, rest, value));
  return copy;
}

const notSingleValue = (why: string): Error => notSingleValueField(`cannot infer query fields to set, ${why}`);
