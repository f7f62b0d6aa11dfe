import type { DocumentFault } from '../../domain/documents/document-reader.js';

/** A document that cannot be read. The message is for its owner. */
export class FaultyDocument extends Error {
  constructor(
    readonly fault: DocumentFault,
    message: string,
  ) {
    super(message);
    this.name = 'FaultyDocument';
  }
}

export const emptyDocument = () => new FaultyDocument('EMPTY', 'There is no text in the file.');
