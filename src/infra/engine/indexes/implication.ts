import { compileFilter } from '../query/filter.js';
import { compareValues, equalValues, typeRank } from '../values/compare.js';
import { isNaNValue } from '../values/numbers.js';
import { asDocument, type Document, isNumber, type Value } from '../values/types.js';
import { ruleEnv } from './rule-env.js';
import { isOperators, type Predicate } from './predicates.js';

/**
 * Whether every document that a filter lets through is in a partial index. False where that cannot be told.
 *
 * @param predicates of the filter
 */
export function implies(predicates: ReadonlyMap<string, Predicate>, partialFilter: Document): boolean {
  return Object.entries(partialFilter).every(([path, condition]) => {
    if (path === '$and') return impliesAll(predicates, condition);
    if (path === '$or') return impliesAny(predicates, condition);
    const predicate = predicates.get(path);
    if (predicate === undefined || path.startsWith('$')) return false;
    const conditions = isOperators(condition) ? condition : { $eq: condition };
    return Object.entries(conditions).every(([operator, operand]) => impliesOne(predicate, operator, operand));
  });
}

const impliesAll = (predicates: ReadonlyMap<string, Predicate>, parts: Value): boolean =>
  Array.isArray(parts) && parts.every((part) => implies(predicates, asDocument(part) ?? {}));

const impliesAny = (predicates: ReadonlyMap<string, Predicate>, parts: Value): boolean =>
  Array.isArray(parts) && parts.some((part) => implies(predicates, asDocument(part) ?? {}));

/** NaN is in the range of no number but itself. */
const isUnordered = (value: Value): boolean => isNumber(value) && isNaNValue(value);

function impliesOne({ points, low, high, needsField }: Predicate, operator: string, operand: Value): boolean {
  if (points !== undefined) {
    const test = compileFilter({ field: { [operator]: operand } }, ruleEnv(undefined));
    return points.every((point) => point !== null && point !== undefined && test({ field: point }));
  }
  switch (operator) {
    case '$exists':
      return needsField === true && operand === true;
    case '$gt':
    case '$gte':
      if (
        low === undefined ||
        isUnordered(low.value) ||
        isUnordered(operand) ||
        typeRank(low.value) !== typeRank(operand)
      )
        return false;
      if (operator === '$gt' && equalValues(low.value, operand)) return !low.isInclusive;
      return compareValues(low.value, operand) >= 0;
    case '$lt':
    case '$lte':
      if (
        high === undefined ||
        isUnordered(high.value) ||
        isUnordered(operand) ||
        typeRank(high.value) !== typeRank(operand)
      )
        return false;
      if (operator === '$lt' && equalValues(high.value, operand)) return !high.isInclusive;
      return compareValues(high.value, operand) <= 0;
    default:
      return false;
  }
}
