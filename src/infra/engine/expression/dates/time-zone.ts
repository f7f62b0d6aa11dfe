import { located } from '../../errors.js';

/** Milliseconds that the zone's clocks are ahead of UTC at an instant. */
export type Zone = (this: void, instant: number) => number;

export const UTC: Zone = () => 0;

const MINUTE = 60_000;

/** By name in lower case, since case does not count in names: so there are never more than there are zones. */
const known = new Map<string, Zone>();

/**
 * `UTC`, `GMT`, an IANA name such as `Asia/Seoul`, or an offset: `+09`, `+0900`, `+09:00`.
 *
 * @throws {EngineError} 40485 for any other name.
 */
export function zoneNamed(name: string): Zone {
  if (name === 'UTC' || name === 'GMT' || name === 'Z') return UTC;
  const offset = /^([+-])(\d{2})(?::?(\d{2}))?$/.exec(name);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0);
    const ahead = (offset[1] === '-' ? -minutes : minutes) * MINUTE;
    return () => ahead;
  }
  const key = name.toLowerCase();
  let zone = known.get(key);
  if (zone === undefined) {
    zone = ianaZone(name);
    known.set(key, zone);
  }
  return zone;
}

function ianaZone(name: string): Zone {
  const clock = clockFor(name);
  let minute = Number.NaN;
  let offset = 0;
  return (instant) => {
    const asked = Math.floor(instant / MINUTE);
    if (asked !== minute) {
      offset = wallTime(clock, asked * MINUTE) - asked * MINUTE;
      minute = asked;
    }
    return offset;
  };
}

function clockFor(name: string): Intl.DateTimeFormat {
  try {
    if (!/^[A-Za-z]/.test(name)) throw new RangeError(name);
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw located(40485, `unrecognized time zone identifier: "${name}"`);
  }
}

/** What a clock of the zone shows, as if that were UTC. */
function wallTime(clock: Intl.DateTimeFormat, instant: number): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of clock.formatToParts(instant)) parts[type] = value;
  const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year);
  const wall = new Date(0);
  wall.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day));
  wall.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
  return wall.getTime();
}

/** The instant at which the zone's clocks show this; where they show it twice, the first. */
export function instantOf(wall: number, zone: Zone): number {
  const early = wall - zone(wall - 24 * 60 * MINUTE);
  if (early + zone(early) === wall) return early;
  const late = wall - zone(wall + 24 * 60 * MINUTE);
  return late + zone(late) === wall ? late : early;
}
