import { Parser } from 'htmlparser2';
import type { DocumentBatch, DocumentBlock } from '../../domain/documents/document-reader.js';
import type { ByteFile } from './byte-file.js';
import { cutWhole, LONGEST_BLOCK } from './cut-whole.js';
import { charsetOfPage, charsetOfType, decode } from './decode.js';
import { emptyDocument, FaultyDocument } from './fault.js';

const LONGEST_HEADING = 500;

/** Elements within elements: the parser's time grows with the square of their number. */
const MAX_DEPTH = 5_000;

/** Elements whose text nobody reads. */
const SILENT = new Set(
  'script style template noscript svg math iframe object embed nav select button textarea canvas audio video'.split(
    ' ',
  ),
);

/** Elements that begin and end a paragraph. */
const BLOCKS = new Set(
  'address article aside blockquote body dd details div dl dt fieldset figcaption figure footer form header hr html li main ol p pre section summary table tr ul'.split(
    ' ',
  ),
);

/** Web pages: their title, headings and text. Nothing in them is run or fetched, and no tree of them is built. */
export function* readHtml(file: ByteFile, mediaType: string): Generator<DocumentBatch> {
  const page = new PageReader();
  // As HTML even where it says XHTML: HTML has no entities of its own making, which could grow without end.
  const parser = new Parser(page, { decodeEntities: true, lowerCaseTags: true });
  let isEmpty = true;
  for (const { text, end } of decode(file, charsetOfType(mediaType) ?? charsetOfPage(file))) {
    parser.write(text);
    const blocks = page.given();
    isEmpty &&= blocks.every(({ type }) => type === 'title');
    yield { blocks, done: end, total: file.bytes };
  }
  parser.end();
  const blocks = page.given();
  if (isEmpty && blocks.every(({ type }) => type === 'title')) throw emptyDocument();
  yield { blocks, done: file.bytes, total: file.bytes };
}

/** Listens to the parser. */
class PageReader {
  #blocks: DocumentBlock[] = [];
  #text = '';
  #joint: '\n\n' | '\n' | '' = '\n\n';
  #depth = 0;
  #silentDepth = 0;
  #preDepth = 0;
  #heading: string | null = null;
  #title: string | null = null;
  #hasTitle = false;

  given(): DocumentBlock[] {
    const blocks = this.#blocks;
    this.#blocks = [];
    return blocks;
  }

  onopentagname(name: string): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw new FaultyDocument('TOO_COMPLEX', 'The elements of the page are too deep in each other.');
    if (SILENT.has(name)) this.#silentDepth += 1;
    if (this.#silentDepth > 0) return;
    if (name === 'title' && !this.#hasTitle) this.#title = '';
    else if (/^h[1-6]$/.test(name)) {
      this.#flush();
      this.#heading = '';
    } else if (name === 'br') this.#add('\n');
    else if (name === 'td' || name === 'th') this.#add('\t');
    else if (BLOCKS.has(name)) this.#flush();
    if (name === 'li') this.#add('- ');
    if (name === 'pre') this.#preDepth += 1;
  }

  onclosetag(name: string): void {
    this.#depth -= 1;
    if (SILENT.has(name) && this.#silentDepth > 0) this.#silentDepth -= 1;
    if (this.#silentDepth > 0) return;
    if (name === 'title' && this.#title !== null) this.#endTitle(this.#title);
    else if (/^h[1-6]$/.test(name)) this.#endHeading();
    else if (BLOCKS.has(name)) this.#flush();
    if (name === 'pre') this.#preDepth = Math.max(0, this.#preDepth - 1);
  }

  ontext(text: string): void {
    if (this.#silentDepth > 0) return;
    if (this.#title !== null) this.#title = (this.#title + text).slice(0, LONGEST_HEADING);
    else this.#add(this.#preDepth > 0 ? text : text.replace(/[\s\u00a0]+/g, ' '));
  }

  onend(): void {
    this.#endHeading();
    this.#flush();
  }

  #add(text: string): void {
    if (this.#heading !== null && this.#heading.length < LONGEST_HEADING) {
      this.#heading += text;
      return;
    }
    this.#endHeading();
    const isAfterSpace = /(?:^|\s)$/.test(this.#text.slice(-1));
    this.#text += this.#preDepth === 0 && isAfterSpace ? text.replace(/^ +/, '') : text;
    while (this.#text.length > LONGEST_BLOCK) {
      const { kept, rest } = cutWhole(this.#text, LONGEST_BLOCK);
      this.#push(kept);
      this.#joint = '';
      this.#text = rest;
    }
  }

  #endTitle(title: string): void {
    this.#title = null;
    this.#hasTitle = true;
    const text = title.replace(/\s+/g, ' ').trim();
    if (text !== '') this.#blocks.push({ type: 'title', text: text.toWellFormed() });
  }

  #endHeading(): void {
    const text = (this.#heading ?? '').replace(/\s+/g, ' ').trim().toWellFormed();
    this.#heading = null;
    if (text === '') return;
    this.#flush();
    this.#blocks.push({ type: 'heading', text, source: text });
  }

  /** The paragraph is over. */
  #flush(): void {
    if (/\S/.test(this.#text) && this.#text !== '- ') this.#push(this.#text.trimEnd());
    this.#text = '';
    this.#joint = '\n\n';
  }

  #push(text: string): void {
    this.#blocks.push({ type: 'text', text: text.toWellFormed(), joint: this.#joint });
  }
}
