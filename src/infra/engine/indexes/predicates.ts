import { BSONRegExp } from 'bson';
import { asDocument, type Document, isDocument, isNumber, typeName, type Value } from '../values/types.js';

type Limit = { value: Value; isInclusive: boolean };

/** What a filter asks of one path, as far as an index can help. The whole filter is always checked again. */
export type Predicate = {
  /** The value is one of these. */
  points?: readonly Value[];
  low?: Limit;
  high?: Limit;
  /** The value is a string that starts with this. */
  startsWith?: string;
  /** A document without the field cannot match. */
  needsField?: boolean;
};

/** What all matching documents have in common, by path. */
export function predicatesOf(filter: Document): Map<string, Predicate> {
  const predicates = new Map<string, Predicate>();
  collect(filter, '', predicates);
  return predicates;
}

function collect(filter: Document, prefix: string, into: Map<string, Predicate>): void {
  for (const [name, condition] of Object.entries(filter)) {
    if (name === '$and' && Array.isArray(condition)) {
      for (const part of condition) collect(asDocument(part) ?? {}, prefix, into);
    } else if (!name.startsWith('$')) {
      addCondition(prefix + name, condition, into);
    }
  }
}

function addCondition(path: string, condition: Value, into: Map<string, Predicate>): void {
  const predicate = into.get(path) ?? {};
  into.set(path, predicate);
  if (!isOperators(condition)) {
    addOperator(predicate, '$eq', condition, undefined);
    return;
  }
  for (const [operator, operand] of Object.entries(condition)) {
    if (operator !== '$elemMatch') addOperator(predicate, operator, operand, condition.$options);
    else if (isDocument(operand) && !isOperators(operand)) {
      predicate.needsField = true;
      collect(operand, `${path}.`, into);
    }
  }
}

export const isOperators = (condition: Value): condition is Document =>
  isDocument(condition) && Object.keys(condition)[0]?.startsWith('$') === true;

function addOperator(predicate: Predicate, operator: string, operand: Value, options: Value): void {
  switch (operator) {
    case '$eq':
      if (operand instanceof BSONRegExp) addRegex(predicate, operand, undefined);
      else addPoints(predicate, [operand]);
      return;
    case '$in':
      if (Array.isArray(operand)) addPoints(predicate, operand);
      return;
    case '$gt':
    case '$gte':
      if (hasRange(operand)) addLimit(predicate, 'low', { value: operand, isInclusive: operator === '$gte' });
      return;
    case '$lt':
    case '$lte':
      if (hasRange(operand)) addLimit(predicate, 'high', { value: operand, isInclusive: operator === '$lte' });
      return;
    case '$regex':
      addRegex(predicate, operand, options);
      return;
    case '$exists':
      if (operand === true || (isNumber(operand) && Number(operand) !== 0)) predicate.needsField = true;
  }
}

/** An array stands for itself or for an element, a regular expression for many strings: no point of an index is either. */
function addPoints(predicate: Predicate, points: readonly Value[]): void {
  if (points.some((point) => Array.isArray(point) || point instanceof BSONRegExp)) return;
  if (points.every((point) => point !== null && point !== undefined)) predicate.needsField = true;
  if (predicate.points === undefined || points.length < predicate.points.length) predicate.points = points;
}

function addLimit(predicate: Predicate, side: 'low' | 'high', limit: Limit): void {
  predicate.needsField = true;
  predicate[side] ??= limit;
}

const RANGED: ReadonlySet<string> = new Set([
  'int',
  'long',
  'double',
  'decimal',
  'string',
  'symbol',
  'binData',
  'objectId',
  'bool',
  'date',
  'timestamp',
]);

const hasRange = (value: Value): boolean => RANGED.has(typeName(value));

function addRegex(predicate: Predicate, operand: Value, options: Value): void {
  predicate.needsField = true;
  const isRegex = operand instanceof BSONRegExp;
  const pattern = isRegex ? operand.pattern : operand;
  const flags = typeof options === 'string' ? options : isRegex ? operand.options : '';
  const prefix = typeof pattern === 'string' && !/[imx]/.test(flags) ? literalPrefix(pattern) : '';
  if (prefix !== '') predicate.startsWith ??= prefix;
}

/** The text that every match of a pattern starts with; empty where that cannot be told. */
function literalPrefix(pattern: string): string {
  if (!pattern.startsWith('^') || pattern.includes('|')) return '';
  const [, literal = ''] = /^\^((?:[^\\^$.|?*+()[\]{}]|\\[^A-Za-z0-9])*)/.exec(pattern) ?? [];
  const next = pattern[1 + literal.length];
  // The last character may be absent where one of these follows it.
  const isLastOptional = next !== undefined && '*?{'.includes(next);
  const sure = isLastOptional ? literal.replace(/\\?.$/su, '') : literal;
  return sure.replaceAll(/\\(.)/gsu, '$1');
}
