import { Long } from 'bson';
import { located } from '../../errors.js';
import { integerOf } from '../../values/numbers.js';
import { isNullish, typeName } from '../../values/types.js';
import type { Value } from '../../values/types.js';
import type { Bindings, Operator, Operators } from '../operator.js';
import { compileParts, toDate, toInstant, zoneOf } from './arguments.js';
import type { NamedParts } from './arguments.js';
import { checkUnit, checkWeekday, plusUnits, truncate, unitsBetween } from './units.js';
import type { Unit } from './units.js';

const SUNDAY = 7;

const dateAdd =
  (sign: 1 | -1): Operator =>
  (argument, compiler, name) => {
    const parts = compileParts(argument, compiler, name, {
      needed: ['startDate', 'unit', 'amount'],
      optional: ['timezone'],
      code: 5166402,
    });
    return (root, bindings) => {
      const values = valuesOf(parts, ['startDate', 'unit', 'amount'], root, bindings);
      const zone = zoneOf(parts, root, bindings);
      if (values === undefined || zone === undefined) return null;
      const [start, unit, amount] = values;
      const number = integerOf(amount);
      if (number === undefined) throw located(5166405, `${name} expects integer amount of time units`);
      return toDate(plusUnits(toInstant(start), checkUnit(unit, name), sign * number, zone));
    };
  };

/** Undefined if any of them is null or missing. */
function valuesOf(parts: NamedParts, names: readonly string[], root: Value, bindings: Bindings): Value[] | undefined {
  const values = names.map((name) => parts.get(name, root, bindings));
  return values.some(isNullish) ? undefined : values;
}

const dateDiff: Operator = (argument, compiler, name) => {
  const parts = compileParts(argument, compiler, name, {
    needed: ['startDate', 'endDate', 'unit'],
    optional: ['timezone', 'startOfWeek'],
    code: 5166302,
  });
  return (root, bindings) => {
    const values = valuesOf(parts, ['startDate', 'endDate', 'unit'], root, bindings);
    const zone = zoneOf(parts, root, bindings);
    if (values === undefined || zone === undefined) return null;
    const [start, end, unitName] = values;
    const unit = checkUnit(unitName, name);
    const startOfWeek = weekStart(parts, unit, name, { root, bindings });
    if (startOfWeek === null) return null;
    return Long.fromNumber(unitsBetween(toInstant(start), toInstant(end), unit, zone, startOfWeek));
  };
};

/** Null where it is given but null. It counts for weeks only. */
function weekStart(
  parts: NamedParts,
  unit: Unit,
  name: string,
  { root, bindings }: { root: Value; bindings: Bindings },
): number | null {
  if (unit !== 'week' || !parts.has('startOfWeek')) return SUNDAY;
  const value = parts.get('startOfWeek', root, bindings);
  return isNullish(value) ? null : checkWeekday(value, name);
}

const dateTrunc: Operator = (argument, compiler, name) => {
  const parts = compileParts(argument, compiler, name, {
    needed: ['date', 'unit'],
    optional: ['binSize', 'timezone', 'startOfWeek'],
    code: 5439007,
  });
  return (root, bindings) => {
    const values = valuesOf(parts, ['date', 'unit'], root, bindings);
    const zone = zoneOf(parts, root, bindings);
    const size = binSize(parts, root, bindings);
    if (values === undefined || zone === undefined || size === null) return null;
    const [date, unitName] = values;
    const unit = checkUnit(unitName, name);
    const startOfWeek = weekStart(parts, unit, name, { root, bindings });
    if (startOfWeek === null) return null;
    return toDate(truncate(toInstant(date), unit, size, zone, startOfWeek));
  };
};

function binSize(parts: NamedParts, root: Value, bindings: Bindings): number | null {
  if (!parts.has('binSize')) return 1;
  const value = parts.get('binSize', root, bindings);
  if (isNullish(value)) return null;
  const size = integerOf(value);
  if (size === undefined) {
    throw located(5439017, `$dateTrunc requires 'binSize' to be a 64-bit integer, but got ${typeName(value)}`);
  }
  if (size <= 0) throw located(5439018, `$dateTrunc requires 'binSize' to be greater than 0, but got value ${size}`);
  return size;
}

export const DATE_ARITHMETIC: Operators = {
  $dateAdd: dateAdd(1),
  $dateSubtract: dateAdd(-1),
  $dateDiff: dateDiff,
  $dateTrunc: dateTrunc,
};
