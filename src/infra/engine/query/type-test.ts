import { badValue } from '../errors.js';
import { toSafeInteger } from '../values/numbers.js';
import { show } from '../values/show.js';
import { isNumber, TYPE_NUMBERS, typeName } from '../values/types.js';
import type { TypeName, Value } from '../values/types.js';

const NAMES_BY_NUMBER = new Map<number, TypeName>(
  (Object.entries(TYPE_NUMBERS) as [TypeName, number][])
    .filter(([name]) => name !== 'missing')
    .map(([name, number]) => [number, name]),
);

/** The types that a `$type` or `bsonType` names: an alias, a number, or a list of both. `number` is all four. */
export function compileTypeTest(argument: Value): (value: Value) => boolean {
  const list: readonly Value[] = Array.isArray(argument) ? argument : [argument];
  if (list.length === 0) throw badValue('$type must match at least one type');
  const types = new Set(list.flatMap(typesNamed));
  return (value) => types.has(typeName(value));
}

function typesNamed(type: Value): TypeName[] {
  if (typeof type === 'string') {
    if (type === 'number') return ['int', 'long', 'double', 'decimal'];
    if (type === 'missing' || !Object.hasOwn(TYPE_NUMBERS, type)) throw badValue(`Unknown type name alias: ${type}`);
    return [type as TypeName];
  }
  if (!isNumber(type)) throw badValue('type must be represented as a number or a string');
  const name = NAMES_BY_NUMBER.get(toSafeInteger(type) ?? Number.NaN);
  if (name === undefined) throw badValue(`Invalid numerical type code: ${show(type)}`);
  return [name];
}
