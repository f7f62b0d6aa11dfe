import { BSONRegExp } from 'bson';
import { asDocument, type Document, isDocument, isNumber, typeName, type Value } from '../values/types.js';

type Limit = { value: Value; isInclusive: boolean };

/** What a filter asks of one path, as far as an index can help. The whole filter is always checked again. */
export type Predicate = {
  /** The value is one of these. */
  points?: readonly Value[];
  low?: Limit;
  high?: Limit;
  /** The value is a string that starts with this, or the pattern itself. */
  startsWith?: { text: string; pattern: BSONRegExp | undefined };
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
    if (condition instanceof BSONRegExp) addRegex(predicate, condition, { pattern: condition });
    else addPoints(predicate, [condition]);
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
      // A stored pattern, and not what it matches.
      addPoints(predicate, [operand]);
      return;
    case '$in':
      // Here a regular expression stands for many strings.
      if (Array.isArray(operand) && !operand.some((one) => one instanceof BSONRegExp)) addPoints(predicate, operand);
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
      addRegex(predicate, operand, { options });
      return;
    case '$exists':
      if (operand === true || (isNumber(operand) && Number(operand) !== 0)) predicate.needsField = true;
  }
}

/** An array stands for itself or for an element: no point of an index is both. */
function addPoints(predicate: Predicate, points: readonly Value[]): void {
  if (points.some((point) => Array.isArray(point))) return;
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

/** @param pattern where a stored pattern that equals it is looked for, too */
function addRegex(
  predicate: Predicate,
  operand: Value,
  { options, pattern }: { options?: Value; pattern?: BSONRegExp },
): void {
  predicate.needsField = true;
  const isRegex = operand instanceof BSONRegExp;
  const source = isRegex ? operand.pattern : operand;
  const flags = typeof options === 'string' ? options : isRegex ? operand.options : '';
  const text = typeof source === 'string' && !/[imx]/.test(flags) ? literalPrefix(source) : '';
  if (text !== '') predicate.startsWith ??= { text, pattern };
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
