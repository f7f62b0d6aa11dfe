import { readFields, type ArchiveFile, type Found } from './archive-file.js';
import type { Line } from './lines.js';

/** One entry a line, each a JSON object. Empty lines count for nothing. */
export const jsonlFile: ArchiveFile = {
  mediaType: 'application/x-ndjson',
  extension: 'jsonl',

  write({ category, title, summary, content, tags, sourceUrl, createdAt, updatedAt }) {
    return `${JSON.stringify({ category, title, summary, tags, sourceUrl, createdAt, updatedAt, content })}\n`;
  },

  async *read(lines) {
    for await (const line of lines) {
      if (line.text?.trim() !== '') yield readLine(line);
    }
  },
};

function readLine(line: Line): Found {
  const place = { line: line.number, next: { at: line.end, number: line.number + 1 } };
  if (line.text === null) return { ...place, problem: line.problem };
  const value = parse(line.text);
  if (value === undefined) return { ...place, problem: 'The line is not JSON.' };
  const fields = readFields(value);
  if ('problem' in fields) return { ...place, problem: fields.problem };
  const { content } = value as { content?: unknown };
  if (typeof content !== 'string') return { ...place, problem: 'content: it must be a string' };
  return { ...place, fields: { ...fields, content } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
