import { located } from '../../errors.js';
import { dayOfYear, isoWeek, isoWeekYear, isoWeekday, partsOfWall, week, weekday } from './calendar.js';
import type { DateParts } from './calendar.js';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export const ISO_FORMAT = '%Y-%m-%dT%H:%M:%S.%L';

type Moment = {
  readonly wall: number;
  /** Milliseconds ahead of UTC. */
  readonly offset: number;
  readonly parts: DateParts;
};

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

const SPECIFIERS: Readonly<Record<string, (moment: Moment) => string>> = {
  Y: ({ parts }) => pad(parts.year, 4),
  m: ({ parts }) => pad(parts.month, 2),
  b: ({ parts }) => (MONTHS[parts.month - 1] ?? '').slice(0, 3),
  B: ({ parts }) => MONTHS[parts.month - 1] ?? '',
  d: ({ parts }) => pad(parts.day, 2),
  H: ({ parts }) => pad(parts.hour, 2),
  M: ({ parts }) => pad(parts.minute, 2),
  S: ({ parts }) => pad(parts.second, 2),
  L: ({ parts }) => pad(parts.millisecond, 3),
  j: ({ wall }) => pad(dayOfYear(wall), 3),
  w: ({ wall }) => String(weekday(wall)),
  u: ({ wall }) => String(isoWeekday(wall)),
  U: ({ wall }) => pad(week(wall), 2),
  V: ({ wall }) => pad(isoWeek(wall), 2),
  G: ({ wall }) => pad(isoWeekYear(wall), 4),
  z: ({ offset }) => {
    const minutes = Math.abs(Math.round(offset / 60_000));
    return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${pad(minutes % 60, 2)}`;
  },
  Z: ({ offset }) => `${offset < 0 ? '-' : '+'}${Math.abs(Math.round(offset / 60_000))}`,
  '%': () => '%',
};

/** @throws {EngineError} 18535, 18536 for a specifier that is not known or not finished. */
export function checkFormat(format: string): string {
  for (const [found] of format.matchAll(/%[\s\S]?/g)) {
    if (found.length < 2) throw located(18535, "Unmatched '%' at end of format string");
    if (!Object.hasOwn(SPECIFIERS, found[1] ?? '')) {
      throw located(18536, `Invalid format character '${found}' in format string`);
    }
  }
  return format;
}

/** @throws {EngineError} 18537 for a year that has not four digits. */
export function formatDate(instant: number, offset: number, format: string): string {
  const wall = instant + offset;
  const moment: Moment = { wall, offset, parts: partsOfWall(wall) };
  if (moment.parts.year < 0 || moment.parts.year > 9999) {
    throw located(
      18537,
      `Could not convert date to string: date component was outside the supported range of 0-9999: ${moment.parts.year}`,
    );
  }
  return format.replace(/%([\s\S])/g, (_, letter: string) => SPECIFIERS[letter]?.(moment) ?? '');
}
