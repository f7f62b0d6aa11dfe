import { z } from 'zod';
import { NotFoundError } from '../../base/errors.js';
import { createArchiveEntries } from '../archive/entries.js';
import { MAX_ENTRY_TITLE_CHARS, MAX_SUMMARY_CHARS, MAX_TAGS } from '../archive/check-entry.js';
import type { Needs } from '../needs.js';
import { defineTool, type Tool } from './tool.js';

type Saving = Pick<Needs, 'archive' | 'morphemes' | 'clock' | 'newId' | 'settings' | 'users'>;

/** Keeps something in the archive of whoever asks, by their right. */
export function archiveSave(needs: Saving): Tool {
  return defineTool({
    name: 'archive_save',
    alias: 'Archive save',
    description:
      "Keeps one entry in the user's archive: code, a note or a page, with a summary by which it is found again. It does not change what is there already.",
    outputCondition:
      'Use it only when the user asks to keep, save or remember something. Say afterwards what was kept, under which category and title, and its id.',
    parameters: z.object({
      category: z.string().describe('A slug: code, url, doc, or one of the user’s own'),
      title: z.string().describe(`One line of at most ${MAX_ENTRY_TITLE_CHARS} characters`),
      summary: z
        .string()
        .describe(`What it is, in the language of the user, in at most ${MAX_SUMMARY_CHARS} characters`),
      content: z.string().describe('What is kept, unchanged'),
      tags: z.array(z.string()).default([]).describe(`At most ${MAX_TAGS}`),
      sourceUrl: z.string().nullable().default(null).describe('Where it came from, if it is on the web'),
    }),
    approval: 'ASK',
    async run(fields, { userId }) {
      const user = await needs.users.find(userId);
      if (!user) throw new NotFoundError('user');
      const [entry] = await createArchiveEntries(needs, user, [fields]);
      return `Kept as ${entry?.id} in the category ${entry?.category}: ${entry?.title}`;
    },
  });
}
