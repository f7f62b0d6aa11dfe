import { AppError } from '../../../base/errors.js';
import { MAX_TEXTS_PER_CALL } from '../../models/embedding-model.js';
import { cutPieces, type TextRange } from '../analysis/cut-pieces.js';
import type { ArchiveEntry } from '../archive-entry.js';
import { entryVectors, type EntryVectors } from './vector-index.js';

/** Turns at most {@link MAX_TEXTS_PER_CALL} texts into vectors. */
type Embed = (texts: readonly string[]) => Promise<readonly Float32Array[]>;

/** No model takes less. */
const MIN_TEXT_CHARS = 100;

/** The vectors of entries, piece by piece, in as few calls as there may be. */
export async function embedEntries(entries: readonly ArchiveEntry[], embed: Embed): Promise<EntryVectors[]> {
  const passages = entries.flatMap(passagesOf);
  const vectors: Float32Array[] = [];
  for (let at = 0; at < passages.length; at += MAX_TEXTS_PER_CALL) {
    const texts = passages.slice(at, at + MAX_TEXTS_PER_CALL).map(({ text }) => text);
    vectors.push(...(await embedBeginnings(texts, embed)));
  }
  const pieces = passages.flatMap((passage, number) => {
    const vector = vectors[number];
    return vector ? [{ ...passage, vector }] : [];
  });
  return entries.map(({ id, version }) => {
    const own = pieces.filter(({ entryId }) => entryId === id);
    return entryVectors({ entryId: id, version }, own);
  });
}

/** Of texts that are too long for the model, as much as it takes. */
async function embedBeginnings(texts: readonly string[], embed: Embed): Promise<readonly Float32Array[]> {
  try {
    return await embed(texts);
  } catch (error) {
    const half = Math.ceil(Math.max(...texts.map(({ length }) => length)) / 2);
    if (!(error instanceof AppError) || error.details.isTooLong !== true || half < MIN_TEXT_CHARS) throw error;
    const shorter = texts.map((text) => text.slice(0, half).toWellFormed());
    return embedBeginnings(shorter, embed);
  }
}

/** What is told of each piece of an entry: what it is called, then what it says. */
function passagesOf({ id, title, summary, content }: ArchiveEntry): (TextRange & { entryId: string; text: string })[] {
  const head = [title, summary].filter((line) => line !== '').join('\n');
  return cutPieces(content).map(({ start, end }) => {
    const text = `${head}\n${content.slice(start, end)}`.trim();
    return { entryId: id, start, end, text };
  });
}
