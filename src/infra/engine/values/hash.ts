import type { Binary, BSONRegExp, Code, ObjectId, Timestamp } from 'bson';
import { Double } from 'bson';
import type { Collation } from './collation.js';
import { bytesOf } from './compare.js';
import { reduceTo } from './decimal.js';
import { compareNumbers, toDouble, toExactDecimal } from './numbers.js';
import { asDocument, isDecimal, isLong, typeName } from './types.js';
import type { NumberValue, Value } from './types.js';

/** A text that two values share when, and only when, they are equal: for sets, groups and joins. */
export function hashKey(value: Value, collation?: Collation): string {
  const type = typeName(value);
  switch (type) {
    case 'int':
    case 'double':
    case 'long':
    case 'decimal':
      return `n${numberKey(value as NumberValue)};`;
    case 'string':
    case 'symbol':
      return textKey(typeof value === 'string' ? value : (value as { value: string }).value, collation);
    case 'object':
      return documentKey(value, collation);
    case 'array':
      return `[${(value as Value[]).map((element) => hashKey(element, collation)).join('')}]`;
    case 'objectId':
      return `o${(value as ObjectId).toHexString()}`;
    case 'date':
      return `d${(value as Date).getTime()};`;
    case 'bool':
      return value === true ? 'T' : 'F';
    case 'null':
      return 'N';
    case 'binData': {
      const bytes = bytesOf(value as Binary);
      return `b${(value as Binary).sub_type},${bytes.length}:${Buffer.from(bytes).toString('latin1')}`;
    }
    case 'timestamp':
      return `t${(value as Timestamp).t},${(value as Timestamp).i};`;
    case 'regex':
      return `r${sized((value as BSONRegExp).pattern)}${sized((value as BSONRegExp).options)}`;
    case 'javascript':
    case 'javascriptWithScope':
      return `c${sized((value as Code).code)}${hashKey((value as Code).scope ?? null, collation)}`;
    default:
      return type;
  }
}

const sized = (text: string): string => `${text.length}:${text}`;

const textKey = (text: string, collation: Collation | undefined): string =>
  `s${sized(collation === undefined ? text : collation.key(text))}`;

/** Many values are doubles, so that a double's own text is the key of whatever equals it. */
function numberKey(value: NumberValue): string {
  if (!isLong(value) && !isDecimal(value)) return String(value.value === 0 ? 0 : value.value);
  const nearest = toDouble(value);
  if (Number.isSafeInteger(nearest) && isLong(value)) return String(nearest);
  if (!Number.isFinite(nearest) && isDecimal(value) && typeof toExactDecimal(value) === 'number') {
    return String(nearest);
  }
  if (Number.isFinite(nearest) && compareNumbers(value, new Double(nearest)) === 0) return String(nearest);
  const exact = toExactDecimal(value);
  if (typeof exact === 'number') return String(exact);
  const { coefficient, exponent } = reduceTo(exact, Infinity);
  return `${coefficient}x${exponent}`;
}

function documentKey(value: Value, collation: Collation | undefined): string {
  let key = '{';
  for (const [name, field] of Object.entries(asDocument(value) ?? {})) {
    if (field !== undefined) key += sized(name) + hashKey(field, collation);
  }
  return `${key}}`;
}
