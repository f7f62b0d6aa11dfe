import type { DocumentNode } from 'graphql';

/** Documents that are kept, and characters of the longest: clients send the same few over and over. */
const MAX_DOCUMENTS = 500;
const MAX_CHARS = 10_000;

/** Documents that were found good, by their text; those that were not asked for longest go first. */
export class DocumentCache {
  readonly #documents = new Map<string, DocumentNode>();

  find(text: string): DocumentNode | undefined {
    const document = this.#documents.get(text);
    if (!document) return undefined;
    this.#documents.delete(text);
    this.#documents.set(text, document);
    return document;
  }

  keep(text: string, document: DocumentNode): void {
    if (text.length > MAX_CHARS) return;
    this.#documents.set(text, document);
    const [oldest] = this.#documents.keys();
    if (this.#documents.size > MAX_DOCUMENTS && oldest !== undefined) this.#documents.delete(oldest);
  }
}
