/** A point on the zone's own clock, in milliseconds as if that were UTC. */
export type WallTime = number;

export const DAY = 86_400_000;

export type DateParts = {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
};

export function partsOfWall(wall: WallTime): DateParts {
  const date = new Date(wall);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

/** Parts beyond their range carry over: month 14 is February of the next year. */
export function wallOf(parts: Partial<DateParts>): WallTime {
  const date = new Date(0);
  date.setUTCFullYear(parts.year ?? 1970, (parts.month ?? 1) - 1, parts.day ?? 1);
  date.setUTCHours(parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0, parts.millisecond ?? 0);
  return date.getTime();
}

/** Days since the epoch. */
export const dayNumber = (wall: WallTime): number => Math.floor(wall / DAY);

/** 1 (Monday) to 7 (Sunday). */
export const isoWeekday = (wall: WallTime): number => floorMod(dayNumber(wall) + 3, 7) + 1;

/** 1 (Sunday) to 7 (Saturday). */
export const weekday = (wall: WallTime): number => (isoWeekday(wall) % 7) + 1;

/** 1 to 366. */
export const dayOfYear = (wall: WallTime): number =>
  dayNumber(wall) - dayNumber(wallOf({ year: new Date(wall).getUTCFullYear() })) + 1;

/** 0 to 53; weeks begin on Sunday, and what comes before the first Sunday is week 0. */
export const week = (wall: WallTime): number => Math.floor((dayOfYear(wall) + 7 - weekday(wall)) / 7);

/** The year that the week's Thursday is in. */
export const isoWeekYear = (wall: WallTime): number => new Date(wall + (4 - isoWeekday(wall)) * DAY).getUTCFullYear();

/** 1 to 53; weeks begin on Monday, and the first is the one with the year's first Thursday. */
export const isoWeek = (wall: WallTime): number => Math.ceil(dayOfYear(wall + (4 - isoWeekday(wall)) * DAY) / 7);

/** The given day of an ISO week. Parts beyond their range carry over. */
export function wallOfIsoWeek(year: number, weekNumber: number, dayOfWeek: number): WallTime {
  const fourth = wallOf({ year, month: 1, day: 4 });
  return fourth + ((weekNumber - 1) * 7 + dayOfWeek - isoWeekday(fourth)) * DAY;
}

/** Months later on the same day, or on the month's last where it has no such day. */
export function plusMonths(wall: WallTime, months: number): WallTime {
  const parts = partsOfWall(wall);
  const first = wallOf({ ...parts, month: parts.month + months, day: 1 });
  const { year, month } = partsOfWall(first);
  const lastDay = partsOfWall(wallOf({ year, month: month + 1, day: 0 })).day;
  return first + (Math.min(parts.day, lastDay) - 1) * DAY;
}

export const floorMod = (value: number, by: number): number => ((value % by) + by) % by;
