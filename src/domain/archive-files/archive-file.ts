import { z } from 'zod';
import type { ArchiveEntry } from '../archive/archive-entry.js';
import type { EntryFields } from '../archive/check-entry.js';
import type { Line } from './lines.js';

/** What was found in a file of an archive. `line` is where it begins, `next` the place behind it, where reading may begin again. */
export type Found = { readonly line: number; readonly next: { readonly at: number; readonly number: number } } & (
  | { readonly fields: EntryFields }
  | { readonly problem: string }
);

/** How an archive is written into a file, and read from one. What was written is read again exactly. */
export type ArchiveFile = {
  readonly mediaType: string;
  /** Of the file's name. */
  readonly extension: string;
  write(this: void, entry: ArchiveEntry): string;
  read(this: void, lines: AsyncIterable<Line>): AsyncGenerator<Found, void>;
};

const writtenFields = z.object({
  category: z.string(),
  title: z.string(),
  summary: z.string().default(''),
  tags: z.array(z.string()).default([]),
  sourceUrl: z.string().nullable().default(null),
});

/** What a file says of an entry beside its content; whatever else it says is passed over. */
export type WrittenFields = Omit<EntryFields, 'content'>;

/** Returns what is wrong where that is no entry. */
export function readFields(value: unknown): WrittenFields | { readonly problem: string } {
  const { success, data, error } = writtenFields.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  return { problem: `${issue?.path.join('.') || 'entry'}: ${issue?.message ?? 'it cannot be read'}` };
}
