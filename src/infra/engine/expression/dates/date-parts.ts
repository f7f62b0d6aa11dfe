import { Int32, Long } from 'bson';
import { located } from '../../errors.js';
import { integerOf } from '../../values/numbers.js';
import { isDocument, isNullish, typeName } from '../../values/types.js';
import type { Value } from '../../values/types.js';
import { isTruthy } from '../../values/truth.js';
import { compileArguments, nothing } from '../operator.js';
import type { Bindings, Operator, Operators } from '../operator.js';
import { compileParts, toDate, toInstant, zoneOf } from './arguments.js';
import type { NamedParts } from './arguments.js';
import {
  dayOfYear,
  isoWeek,
  isoWeekYear,
  isoWeekday,
  partsOfWall,
  wallOf,
  wallOfIsoWeek,
  week,
  weekday,
} from './calendar.js';
import type { WallTime } from './calendar.js';
import { instantOf } from './time-zone.js';

/** One part of a date: `$year: '$at'`, or `{ date, timezone }`. */
const part =
  (read: (wall: WallTime) => Value): Operator =>
  (argument, compiler, name) => {
    if (!isDocument(argument) || Object.keys(argument)[0]?.startsWith('$')) {
      const [date = nothing] = compileArguments(argument, compiler, name, { least: 1, most: 1 });
      return (root, bindings) => {
        const value = date(root, bindings);
        return isNullish(value) ? null : read(toInstant(value));
      };
    }
    const parts = compileParts(argument, compiler, name, {
      needed: ['date'],
      optional: ['timezone'],
      code: 40535,
      missing: 40539,
    });
    return (root, bindings) => {
      const date = parts.get('date', root, bindings);
      const zone = zoneOf(parts, root, bindings);
      if (isNullish(date) || zone === undefined) return null;
      const instant = toInstant(date);
      return read(instant + zone(instant));
    };
  };

const int = (read: (wall: WallTime) => number): Operator => part((wall) => new Int32(read(wall)));

const dateToParts: Operator = (argument, compiler, name) => {
  const parts = compileParts(argument, compiler, name, {
    needed: ['date'],
    optional: ['timezone', 'iso8601'],
    code: 40520,
    shape: 40524,
    missing: 40522,
  });
  return (root, bindings) => {
    const date = parts.get('date', root, bindings);
    const zone = zoneOf(parts, root, bindings);
    const isIso = parts.get('iso8601', root, bindings);
    if (isNullish(date) || zone === undefined || isIso === null) return null;
    if (isIso !== undefined && typeof isIso !== 'boolean') {
      throw located(40521, `iso8601 must evaluate to a bool, found ${typeName(isIso)}`);
    }
    const instant = toInstant(date);
    return isTruthy(isIso) ? isoParts(instant + zone(instant)) : calendarParts(instant + zone(instant));
  };
};

function calendarParts(wall: WallTime): Value {
  return Object.fromEntries(Object.entries(partsOfWall(wall)).map(([name, number]) => [name, new Int32(number)]));
}

function isoParts(wall: WallTime): Value {
  const { hour, minute, second, millisecond } = partsOfWall(wall);
  const numbers = {
    isoWeekYear: isoWeekYear(wall),
    isoWeek: isoWeek(wall),
    isoDayOfWeek: isoWeekday(wall),
    hour,
    minute,
    second,
    millisecond,
  };
  return Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, new Int32(number)]));
}

const TIME = ['hour', 'minute', 'second', 'millisecond'] as const;

const dateFromParts: Operator = (argument, compiler, name) => {
  const optional = ['year', 'month', 'day', 'isoWeekYear', 'isoWeek', 'isoDayOfWeek', 'timezone', ...TIME];
  const parts = compileParts(argument, compiler, name, { needed: [], optional, code: 40518, shape: 40519 });
  const isIso = parts.has('isoWeekYear');
  if (isIso === parts.has('year')) {
    throw isIso
      ? located(40489, `${name} does not allow mixing natural dates with ISO dates`)
      : located(40516, `${name} requires either 'year' or 'isoWeekYear' to be present`);
  }
  const names = isIso ? ['isoWeekYear', 'isoWeek', 'isoDayOfWeek', ...TIME] : ['year', 'month', 'day', ...TIME];
  return (root, bindings) => {
    const zone = zoneOf(parts, root, bindings);
    const numbers = names.map((part, at) => partNumber(parts, part, { root, bindings, least: at < 3 ? 1 : 0 }));
    if (zone === undefined || numbers.includes(null)) return null;
    const [year = 1970, second = 1, third = 1, hour = 0, minute = 0, seconds = 0, millisecond = 0] =
      numbers as number[];
    const day = isIso ? wallOfIsoWeek(year, second, third) : wallOf({ year, month: second, day: third });
    const time = ((hour * 60 + minute) * 60 + seconds) * 1000 + millisecond;
    return toDate(instantOf(day + time, zone));
  };
};

/** Null where the part is null or missing, which makes the whole result null. */
function partNumber(
  parts: NamedParts,
  name: string,
  { root, bindings, least }: { root: Value; bindings: Bindings; least: number },
): number | null {
  if (!parts.has(name)) return least;
  const value = parts.get(name, root, bindings);
  if (isNullish(value)) return null;
  const number = integerOf(value);
  if (number === undefined) throw located(40515, `'${name}' must evaluate to an integer, found ${typeName(value)}`);
  const isYear = name === 'year' || name === 'isoWeekYear';
  if (isYear && (number < 1 || number > 9999)) {
    throw located(40523, `'${name}' must evaluate to an integer in the range 1 to 9999, found ${number}`);
  }
  return number;
}

export const DATE_PARTS: Operators = {
  $year: int((wall) => partsOfWall(wall).year),
  $month: int((wall) => partsOfWall(wall).month),
  $dayOfMonth: int((wall) => partsOfWall(wall).day),
  $hour: int((wall) => partsOfWall(wall).hour),
  $minute: int((wall) => partsOfWall(wall).minute),
  $second: int((wall) => partsOfWall(wall).second),
  $millisecond: int((wall) => partsOfWall(wall).millisecond),
  $dayOfYear: int(dayOfYear),
  $dayOfWeek: int(weekday),
  $week: int(week),
  $isoWeek: int(isoWeek),
  $isoDayOfWeek: int(isoWeekday),
  $isoWeekYear: part((wall) => Long.fromNumber(isoWeekYear(wall))),
  $dateToParts: dateToParts,
  $dateFromParts: dateFromParts,
};
