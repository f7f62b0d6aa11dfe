import { oneLine } from '../characters.js';
import type { DocumentBlock } from './document-reader.js';

/** Characters (UTF-16 code units) of a piece: enough to answer from, and short enough to be about one thing. */
const MAX_CHARS = 3_000;

/** A heading begins a new piece only if the one before has as much: short sections stay together. */
const ENOUGH_CHARS = 600;

/** A part of a document that becomes an entry. */
export type DocumentPiece = {
  /** The heading that it stands under; null before the first one. */
  readonly heading: string | null;
  readonly content: string;
};

/** Cuts a document where it parts itself: at headings, else between paragraphs, else after a sentence, else between words. */
export class DocumentCutter {
  #title: string | null = null;
  #firstHeading: string | null = null;
  /** What the last heading said. */
  #section: string | null = null;
  #heading: string | null = null;
  #content = '';

  /** What the document calls itself, as far as that is known. */
  get title(): string | null {
    return this.#title ?? this.#firstHeading;
  }

  /** Returns the pieces that are finished now. */
  add(block: DocumentBlock): DocumentPiece[] {
    switch (block.type) {
      case 'title':
        this.#title = oneLine(block.text);
        return [];
      case 'heading': {
        const finished = this.#content.length >= ENOUGH_CHARS ? this.end() : [];
        this.#section = oneLine(block.text);
        this.#firstHeading ||= this.#section;
        return [...finished, ...this.#append(block.source, '\n\n')];
      }
      case 'text':
        return this.#append(block.text, block.joint);
    }
  }

  /** Finishes the piece that is open. */
  end(): DocumentPiece[] {
    const piece = { heading: this.#heading, content: this.#content };
    this.#content = '';
    return piece.content.trim() === '' ? [] : [piece];
  }

  #append(text: string, joint: string): DocumentPiece[] {
    const finished: DocumentPiece[] = [];
    let rest = text;
    if (this.#content !== '' && this.#content.length + joint.length + rest.length > MAX_CHARS) {
      // No line is cut that need not be, and no heading stands alone.
      if (joint === '' || this.#content.length < ENOUGH_CHARS) rest = this.#fill(rest, joint);
      finished.push(...this.end());
    }
    while (this.#content === '' && rest.length > MAX_CHARS) {
      rest = this.#fill(rest, '');
      finished.push(...this.end());
    }
    if (rest === '') return finished;
    if (this.#content === '') this.#heading = this.#section;
    this.#content += this.#content === '' ? rest : joint + rest;
    return finished;
  }

  /** Takes as much as there is room for; returns the rest. */
  #fill(text: string, joint: string): string {
    const end = goodCut(text, MAX_CHARS - this.#content.length - joint.length);
    if (this.#content === '') this.#heading = this.#section;
    this.#content += joint + text.slice(0, end);
    return text.slice(end).trimStart();
  }
}

/** Ends of lines and sentences, and of words. */
const SEAMS = [/\n|[.!?。！？…]["'”’」』)]*\s/g, /\s/g];

/** Where to cut, at most at `most`: after a line or a sentence in the second half, else after a word there, else between two characters. */
function goodCut(text: string, most: number): number {
  const window = text.slice(0, most);
  for (const seam of SEAMS) {
    let end = 0;
    for (const found of window.matchAll(seam)) end = found.index + found[0].length;
    if (end > most / 2) return end;
  }
  const isWithinCharacter = /[\ud800-\udbff]$/.test(window);
  return isWithinCharacter ? most - 1 : most;
}
