import type { RunEvent } from '../../domain/runs/run-event.js';

/** A date in JSON. Text never has this form, since it is a string; no event holds other objects with this key. */
type DateMark = { readonly $date: number };

/** Events of one run as JSON; dates come back as dates. */
export function encodeEvents(events: readonly RunEvent[]): string {
  return JSON.stringify(events, markDate);
}

export function decodeEvents(text: string): RunEvent[] {
  return JSON.parse(text, restoreDate) as RunEvent[];
}

/** Where `value` comes from a date it is text already, so the date is read from its owner. */
function markDate(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  return original instanceof Date ? ({ $date: original.getTime() } satisfies DateMark) : value;
}

function restoreDate(_key: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && '$date' in value ? new Date((value as DateMark).$date) : value;
}
