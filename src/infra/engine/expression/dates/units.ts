import { badValue, located } from '../../errors.js';
import { typeName } from '../../values/types.js';
import type { Value } from '../../values/types.js';
import { DAY, dayNumber, floorMod, isoWeekday, partsOfWall, plusMonths, wallOf } from './calendar.js';
import type { WallTime } from './calendar.js';
import { instantOf } from './time-zone.js';
import type { Zone } from './time-zone.js';

export type Unit = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond';

/** The units that are the same length everywhere, in milliseconds. */
const FIXED = { hour: 3_600_000, minute: 60_000, second: 1000, millisecond: 1 } as const;
type FixedUnit = keyof typeof FIXED;

const MONTHS = { year: 12, quarter: 3, month: 1 } as const;
type MonthUnit = keyof typeof MONTHS;

const isFixed = (unit: Unit): unit is FixedUnit => Object.hasOwn(FIXED, unit);
const isMonths = (unit: Unit): unit is MonthUnit => Object.hasOwn(MONTHS, unit);

export function checkUnit(value: Value, name: string): Unit {
  if (typeof value !== 'string') {
    throw located(5439013, `${name} requires 'unit' to be a string, but got ${typeName(value)}`);
  }
  if (isFixed(value as Unit) || isMonths(value as Unit) || value === 'day' || value === 'week') return value as Unit;
  throw badValue(`${name} parameter 'unit' value cannot be recognized as a time unit: ${value}`);
}

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** 1 (Monday) to 7 (Sunday), from a name or its first three letters. */
export function checkWeekday(value: Value, name: string): number {
  if (typeof value !== 'string') {
    throw located(5439015, `${name} requires 'startOfWeek' to be a string, but got ${typeName(value)}`);
  }
  const wanted = value.toLowerCase();
  const at = WEEKDAYS.findIndex((day) => day === wanted || day.slice(0, 3) === wanted);
  if (at < 0) throw badValue(`${name} parameter 'startOfWeek' value cannot be recognized as a day of a week: ${value}`);
  return at + 1;
}

/** Days and longer units go by the zone's calendar, shorter ones by time that passes. */
export function plusUnits(instant: number, unit: Unit, amount: number, zone: Zone): number {
  if (isFixed(unit)) return instant + amount * FIXED[unit];
  const wall = instant + zone(instant);
  if (isMonths(unit)) return instantOf(plusMonths(wall, amount * MONTHS[unit]), zone);
  return instantOf(wall + amount * DAY * (unit === 'week' ? 7 : 1), zone);
}

/** How many beginnings of the unit lie between the two, negative if the end is first. */
export function unitsBetween(start: number, end: number, unit: Unit, zone: Zone, startOfWeek: number): number {
  const from = start + zone(start);
  const to = end + zone(end);
  if (isMonths(unit)) return Math.floor(monthNumber(to) / MONTHS[unit]) - Math.floor(monthNumber(from) / MONTHS[unit]);
  if (unit === 'day') return dayNumber(to) - dayNumber(from);
  if (unit === 'week') return weekNumber(to, startOfWeek) - weekNumber(from, startOfWeek);
  if (!isFixed(unit)) return 0;
  const length = FIXED[unit];
  const shift = Math.trunc((zone(end) - zone(start)) / length);
  return Math.floor(to / length) - Math.floor(from / length) - shift;
}

function monthNumber(wall: WallTime): number {
  const { year, month } = partsOfWall(wall);
  return year * 12 + month - 1;
}

/** 1970-01-05 was a Monday. */
const weekNumber = (wall: WallTime, startOfWeek: number): number =>
  Math.floor((dayNumber(wall) - 4 - (startOfWeek - 1)) / 7);

const REFERENCE = wallOf({ year: 2000 });

/** The beginning of the span of `size` units that the instant is in. Spans are counted from the year 2000. */
export function truncate(instant: number, unit: Unit, size: number, zone: Zone, startOfWeek: number): number {
  if (isFixed(unit)) return truncateFrom(instant, instantOf(REFERENCE, zone), FIXED[unit] * size);
  const wall = instant + zone(instant);
  if (isMonths(unit)) {
    const months = truncateFrom(monthNumber(wall), 2000 * 12, MONTHS[unit] * size);
    return instantOf(wallOf({ year: Math.floor(months / 12), month: floorMod(months, 12) + 1 }), zone);
  }
  if (unit === 'day') return instantOf(truncateFrom(wall, REFERENCE, DAY * size), zone);
  const firstWeek = REFERENCE + floorMod(startOfWeek - isoWeekday(REFERENCE), 7) * DAY;
  return instantOf(truncateFrom(wall, firstWeek, DAY * 7 * size), zone);
}

const truncateFrom = (value: number, reference: number, size: number): number =>
  value - floorMod(value - reference, size);
