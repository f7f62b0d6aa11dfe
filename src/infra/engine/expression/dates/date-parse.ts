import { conversionFailure } from '../../errors.js';
import { wallOf, wallOfIsoWeek } from './calendar.js';
import { instantOf, zoneNamed } from './time-zone.js';
import type { Zone } from './time-zone.js';

const ISO =
  /^([+-]?\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|GMT|UTC|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * ISO 8601: a day, or a day and a time, with or without seconds, fractions and offset.
 *
 * @param zone Where the text was written; given, the text must have no offset of its own.
 * @throws {EngineError} 241 for any other text.
 */
export function parseIsoDate(text: string, zone: Zone, isZoneGiven = false): number {
  const match = ISO.exec(text.trim());
  if (match === null) throw unreadable(text, 'it is not in ISO 8601 format');
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', offset] = match;
  const numbers = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: thousandths(fraction),
  };
  return toInstant(text, numbers, { zone, isZoneGiven, offset: offset?.toUpperCase() });
}

type Numbers = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
};
type Place = { readonly zone: Zone; readonly isZoneGiven: boolean; readonly offset: string | undefined };

function toInstant(text: string, numbers: Numbers, { zone, isZoneGiven, offset }: Place): number {
  const wall = wallOf(numbers);
  const date = new Date(wall);
  const isReal =
    date.getUTCMonth() + 1 === numbers.month &&
    date.getUTCDate() === numbers.day &&
    numbers.hour < 24 &&
    numbers.minute < 60 &&
    numbers.second < 60;
  if (!isReal) throw unreadable(text, 'there is no such day or time');
  if (offset === undefined) return instantOf(wall, zone);
  if (isZoneGiven) {
    throw unreadable(
      text,
      'you cannot pass in a date/time string with time zone information together with a timezone argument',
    );
  }
  return instantOf(wall, zoneNamed(offset));
}

/** The digits of a fraction: 8 is 800 thousandths. */
const thousandths = (fraction = '0'): number => Math.floor(Number(`0.${fraction}`) * 1000 + 1e-9);

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** What each specifier of a format reads. */
const PATTERNS: Readonly<Record<string, string>> = {
  Y: String.raw`(\d{4})`,
  m: String.raw`(\d{1,2})`,
  b: '([A-Za-z]{3})',
  B: '([A-Za-z]{3,9})',
  d: String.raw`(\d{1,2})`,
  H: String.raw`(\d{1,2})`,
  M: String.raw`(\d{1,2})`,
  S: String.raw`(\d{1,2})`,
  L: String.raw`(\d{1,3})`,
  j: String.raw`(\d{1,3})`,
  u: '([1-7])',
  V: String.raw`(\d{1,2})`,
  G: String.raw`(\d{4})`,
  z: String.raw`(Z|[+-]\d{2}:?\d{2})`,
  Z: String.raw`([+-]\d{1,4})`,
};

/** @throws {EngineError} 241 for a text that is not in the format, or a format without a whole date. */
export function parseFormattedDate(text: string, format: string, zone: Zone, isZoneGiven: boolean): number {
  const letters: string[] = [];
  const pattern = format.replace(/%([\s\S])|[.*+?^${}()|[\]\\]/g, (part, letter: string | undefined) => {
    if (letter === undefined) return `\\${part}`;
    if (letter === '%') return '%';
    const reads = PATTERNS[letter];
    if (reads === undefined) throw unreadable(text, `the format specifier %${letter} cannot be read`);
    // Each once: a long row of numbers could be divided in too many ways.
    if (letters.includes(letter)) throw unreadable(text, `the format has %${letter} twice`);
    letters.push(letter);
    return reads;
  });
  const match = new RegExp(`^${pattern}$`).exec(text);
  if (match === null) throw unreadable(text, `it is not in the format "${format}"`);
  return fromFields(text, new Map(letters.map((letter, at) => [letter, match[at + 1] ?? ''])), { zone, isZoneGiven });
}

function fromFields(text: string, fields: ReadonlyMap<string, string>, place: Omit<Place, 'offset'>): number {
  const number = (letter: string, otherwise: number): number => Number(fields.get(letter) ?? otherwise);
  const time = {
    hour: number('H', 0),
    minute: number('M', 0),
    second: number('S', 0),
    millisecond: thousandths(fields.get('L')),
  };
  const offset = offsetOf(fields);
  if (fields.has('G')) {
    const week = new Date(wallOfIsoWeek(number('G', 1970), number('V', 1), number('u', 1)));
    const day = { year: week.getUTCFullYear(), month: week.getUTCMonth() + 1, day: week.getUTCDate() };
    return toInstant(text, { ...day, ...time }, { ...place, offset });
  }
  if (!fields.has('Y')) throw unreadable(text, 'an incomplete date/time string has been found');
  if (fields.has('j')) {
    const day = new Date(wallOf({ year: number('Y', 1970), day: number('j', 1) }));
    const date = { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() };
    return toInstant(text, { ...date, ...time }, { ...place, offset });
  }
  const name = fields.get('b') ?? fields.get('B');
  const month = name === undefined ? number('m', Number.NaN) : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
  if (Number.isNaN(month) || !fields.has('d')) throw unreadable(text, 'an incomplete date/time string has been found');
  return toInstant(text, { year: number('Y', 1970), month, day: number('d', 1), ...time }, { ...place, offset });
}

function offsetOf(fields: ReadonlyMap<string, string>): string | undefined {
  const minutes = fields.get('Z');
  if (minutes === undefined) return fields.get('z');
  const ahead = Math.abs(Number(minutes));
  const [hours, rest] = [Math.floor(ahead / 60), ahead % 60].map((part) => String(part).padStart(2, '0'));
  return `${minutes.startsWith('-') ? '-' : '+'}${hours}:${rest}`;
}

const unreadable = (text: string, why: string): Error =>
  conversionFailure(`Error parsing date string '${text}'; ${why}`);
