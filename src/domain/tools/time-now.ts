import { z } from 'zod';
import type { Needs } from '../needs.js';
import { defineTool, type Tool } from './tool.js';

export function timeNow({ clock }: Pick<Needs, 'clock'>): Tool {
  return defineTool({
    name: 'time_now',
    alias: 'Current time',
    description: 'Tells the date, weekday and time in a time zone, as ISO 8601 with the offset from UTC.',
    outputCondition:
      'Use it before answering anything that depends on today or now. Answer with the time in the zone of the person who asks.',
    parameters: z.object({
      timeZone: z
        .string()
        .refine(isTimeZone, 'Not an IANA time zone: write one such as Asia/Seoul.')
        .default('UTC')
        .describe('IANA name, such as Asia/Seoul or Europe/Paris'),
    }),
    isRepeatable: true,
    run: ({ timeZone }) => describeTime(clock.now(), timeZone),
  });
}

/** Such as `2026-03-01T09:30:00+09:00 (Sunday, Asia/Seoul)`. */
function describeTime(time: Date, timeZone: string): string {
  const part = Object.fromEntries(
    formatIn(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
  const offset = part['timeZoneName'] === 'GMT' ? '+00:00' : part['timeZoneName']?.slice('GMT'.length);
  return `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:${part['second']}${offset} (${part['weekday']}, ${timeZone})`;
}

/** A zone may be spelt in any mix of upper and lower case, so there is no end of spellings. */
const MAX_FORMATS = 100;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Kept, since to make one takes as long as a hundred uses. @throws {RangeError} if there is no such zone. */
function formatIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  if (formats.size >= MAX_FORMATS) formats.clear();
  formats.set(timeZone, format);
  return format;
}

function isTimeZone(name: string): boolean {
  try {
    return formatIn(name) !== undefined;
  } catch {
    return false;
  }
}
