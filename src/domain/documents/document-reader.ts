import type { Readable } from 'node:stream';

/** A part of a document's text, in the document's order. */
export type DocumentBlock =
  /** What the document calls itself; at most once. */
  | { readonly type: 'title'; readonly text: string }
  /** `text` is one line; `source` is how it stands in the document, such as `## Uses`. */
  | { readonly type: 'heading'; readonly text: string; readonly source: string }
  /** At most 8,000 UTF-16 code units long; `joint` is what lies between it and the block before. */
  | { readonly type: 'text'; readonly text: string; readonly joint: '\n\n' | '\n' | '' };

/** `done` of `total` are bytes, or pages where the document has pages. */
export type DocumentBatch = {
  readonly blocks: readonly DocumentBlock[];
  readonly done: number;
  readonly total: number;
};

/** Why a document cannot be read. `NO_TEXT`: its pages are pictures. `TOO_COMPLEX`: reading it takes too much time or memory. */
export type DocumentFault = 'WRONG_TYPE' | 'ENCRYPTED' | 'EMPTY' | 'NO_TEXT' | 'BROKEN' | 'TOO_COMPLEX';

/**
 * Reads what people have written, whatever is in it: nothing of it is run, and nothing is fetched. The same content gives the same blocks.
 * Blocks are well-formed Unicode. The next batch is not read before it is asked for, and the content is never held in memory as a whole by the asking thread.
 */
export interface DocumentReader {
  /**
   * @param mediaType application/pdf, text/html, application/xhtml+xml, text/markdown or text/plain, perhaps with a charset.
   * @throws {AppError} INVALID_INPUT with a {@link DocumentFault} as `details.reason`; SERVICE_UNAVAILABLE where the content cannot be had now; the reason of
   *   `signal` once it aborts.
   */
  read(
    content: Readable,
    options: { readonly mediaType: string; readonly signal: AbortSignal },
  ): AsyncGenerator<DocumentBatch, void>;
}
