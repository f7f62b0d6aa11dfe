import { z } from 'zod';
import { narrowView, type ArchiveView } from '../archive/archive-view.js';
import { MAX_SEARCH_CHARS, searchArchive, type ArchiveHit, type Searching } from '../archive/search-archive.js';
import { defineTool, type Tool } from './tool.js';

const MAX_HITS = 20;

/** UTF-16 code units of one entry, and of all of an answer. */
const MAX_CONTENT_CHARS = 4_000;
const MAX_OUTPUT_CHARS = 24_000;

/**
 * Searches the archive of whoever asks. Several tools can be made of it, each with a name and a view of its own: nothing that is asked reaches beyond the view.
 */
export function archiveSearch(
  searching: Searching,
  { name, alias, view }: { name: string; alias: string; view: ArchiveView },
): Tool {
  return defineTool({
    name,
    alias,
    description:
      'Searches what the user has kept in their archive (code, notes, pages) in Korean and English, by meaning words and identifiers. ' +
      `Returns the best entries with their contents, at most ${MAX_HITS}; contents are cut after ${MAX_CONTENT_CHARS} characters.`,
    outputCondition:
      'Use it when the user asks for something that they have kept, or may have kept. Answer from the entries that were found, ' +
      'cite each entry that you used by its title and id, such as [title](arc_…), and say so plainly if none was found.',
    parameters: z.object({
      query: z.string().min(1).max(MAX_SEARCH_CHARS).describe('What to look for, in the words of the user'),
      category: z
        .string()
        .nullable()
        .default(null)
        .describe('Only this category, such as code, url or doc; null for all'),
      topK: z.int().min(1).max(MAX_HITS).default(5).describe('How many entries at most'),
      minScore: z.number().min(0).max(1).nullable().default(null).describe('Only entries that fit at least so well'),
    }),
    isRepeatable: true,
    async run({ query, ...wanted }, { userId }) {
      const hits = await searchArchive(searching, userId, query, narrowView(view, wanted));
      return describeHits(hits);
    },
  });
}

function describeHits(hits: readonly ArchiveHit[]): string {
  if (hits.length === 0) return 'No entry of the archive fits.';
  let room = MAX_OUTPUT_CHARS;
  const described = hits.map((hit) => {
    const text = describeHit(hit, Math.min(MAX_CONTENT_CHARS, room));
    room = Math.max(0, room - text.length);
    return text;
  });
  return described.join('\n\n---\n\n');
}

/** The content comes last, after an empty line. */
function describeHit({ entry, score, snippet }: ArchiveHit, room: number): string {
  const { id, category, title, summary, tags, sourceUrl, content } = entry;
  const head = [
    `Entry: ${id}`,
    `Title: ${title}`,
    `Category: ${category}`,
    `Score: ${score.toFixed(2)}`,
    ...(summary === '' ? [] : [`Summary: ${summary}`]),
    ...(tags.length === 0 ? [] : [`Tags: ${tags.join(', ')}`]),
    ...(sourceUrl === null ? [] : [`Source: ${sourceUrl}`]),
    `Match: ${snippet}`,
  ].join('\n');
  if (content.length <= room) return `${head}\n\n${content}`;
  return `${head}\n\n${content.slice(0, room).toWellFormed()}\n(The content goes on.)`;
}
