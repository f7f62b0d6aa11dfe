import type { DocumentBatch, DocumentBlock } from '../../domain/documents/document-reader.js';
import type { ByteFile } from './byte-file.js';
import { cutWhole, LONGEST_BLOCK } from './cut-whole.js';
import { charsetOfType, decode } from './decode.js';
import { emptyDocument } from './fault.js';

const LONGEST_HEADING = 1_000;

/** Plain text and Markdown: blank lines part paragraphs; in Markdown, lines of a fence belong together, and headings are recognised. Both stay as they were written. */
export function* readText(file: ByteFile, mediaType: string): Generator<DocumentBatch> {
  const reader = new LineReader(mediaType.startsWith('text/markdown'));
  let isEmpty = true;
  for (const { text, end } of decode(file, charsetOfType(mediaType))) {
    const blocks = reader.add(text);
    isEmpty &&= blocks.length === 0;
    yield { blocks, done: end, total: file.bytes };
  }
  const blocks = reader.end();
  if (isEmpty && blocks.length === 0) throw emptyDocument();
  yield { blocks, done: file.bytes, total: file.bytes };
}

class LineReader {
  #blocks: DocumentBlock[] = [];
  /** What came after the last line break. */
  #unfinished = '';
  #isLineBegun = false;
  #paragraph = '';
  #joint: '\n\n' | '\n' | '' = '\n\n';
  /** The characters that end the fence we are in. */
  #fence: string | null = null;

  constructor(private readonly isMarkdown: boolean) {}

  add(text: string): DocumentBlock[] {
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) this.#takeLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (this.#unfinished.length > LONGEST_BLOCK) {
      const { kept, rest } = cutWhole(this.#unfinished, LONGEST_BLOCK);
      this.#append(kept);
      this.#isLineBegun = true;
      this.#unfinished = rest;
    }
    return this.#given();
  }

  end(): DocumentBlock[] {
    if (this.#unfinished !== '') this.#takeLine(this.#unfinished);
    this.#flush('\n\n');
    return this.#given();
  }

  #given(): DocumentBlock[] {
    const blocks = this.#blocks;
    this.#blocks = [];
    return blocks;
  }

  #takeLine(line: string): void {
    if (this.#isLineBegun) {
      this.#isLineBegun = false;
      this.#append(line);
      return;
    }
    if (this.isMarkdown && this.#takeMarkdown(line)) return;
    if (line.trim() === '' && this.#fence === null) this.#flush('\n\n');
    else this.#append(line, '\n');
  }

  /** True if that was all there is to do with the line. */
  #takeMarkdown(line: string): boolean {
    const fence = /^ {0,3}(?<marks>`{3,}|~{3,})(?<info>.*)$/.exec(line)?.groups;
    if (this.#fence !== null) {
      const marks = fence?.['marks'] ?? '';
      if (marks.startsWith(this.#fence) && fence?.['info']?.trim() === '') this.#fence = null;
      return false;
    }
    if (fence) {
      this.#fence = fence['marks'] ?? null;
      return false;
    }
    const heading = headingOf(line);
    if (heading !== null) {
      this.#flush('\n\n');
      this.#blocks.push({ type: 'heading', text: heading, source: line });
      return true;
    }
    const isUnderline = /^ {0,3}(?:=+|-+)[ \t]*$/.test(line) && this.#paragraph !== '' && this.#joint === '\n\n';
    if (!isUnderline || this.#paragraph.includes('\n')) return false;
    this.#blocks.push({ type: 'heading', text: this.#paragraph.trim(), source: `${this.#paragraph}\n${line}` });
    this.#paragraph = '';
    return true;
  }

  #append(text: string, before = ''): void {
    const added = this.#paragraph === '' ? text : before + text;
    if (this.#paragraph !== '' && this.#paragraph.length + added.length > LONGEST_BLOCK) {
      this.#flush(before === '' ? '' : '\n');
      this.#paragraph = text;
    } else this.#paragraph += added;
    while (this.#paragraph.length > LONGEST_BLOCK) {
      const { kept, rest } = cutWhole(this.#paragraph, LONGEST_BLOCK);
      this.#paragraph = kept;
      this.#flush('');
      this.#paragraph = rest;
    }
  }

  /** @param joint What comes between this block and the next. */
  #flush(joint: '\n\n' | '\n' | ''): void {
    if (this.#paragraph !== '') {
      this.#blocks.push({ type: 'text', text: this.#paragraph.toWellFormed(), joint: this.#joint });
      this.#paragraph = '';
    }
    this.#joint = joint;
  }
}

/** What a line says that begins with one to six `#`; null for any other, and for one that is too long to be meant so. */
function headingOf(line: string): string | null {
  const marks = /^ {0,3}#{1,6}[ \t]+(?=\S)/.exec(line)?.[0];
  if (marks === undefined || line.length > LONGEST_HEADING) return null;
  return line
    .slice(marks.length)
    .trim()
    .replace(/[ \t]#+$/, '')
    .trim();
}
