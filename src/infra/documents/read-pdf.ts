import type { DocumentBatch, DocumentBlock } from '../../domain/documents/document-reader.js';
import type { ByteFile } from './byte-file.js';
import { cutWhole, LONGEST_BLOCK } from './cut-whole.js';
import { FaultyDocument } from './fault.js';

/** Letters that are so much taller than most of the page make a line a heading, if it is no longer than this. */
const HEADING_GROWTH = 1.2;
const LONGEST_HEADING = 120;

/** A gap between lines that is so many times their height parts paragraphs. */
const PARAGRAPH_GAP = 1.8;

/** A piece of text as pdf.js gives it: `transform` ends with its place. */
type TextItem = {
  readonly str: string;
  readonly height: number;
  readonly transform: readonly number[];
  readonly hasEOL: boolean;
};

/** What we use of pdf.js, whose types are not part of the package. */
type Pdf = {
  readonly numPages: number;
  getMetadata(): Promise<{ readonly info: object }>;
  getPage(number: number): Promise<{
    getTextContent(): Promise<{ readonly items: readonly (TextItem | { readonly type: string })[] }>;
    cleanup(): void;
  }>;
};

type Line = { readonly text: string; readonly height: number; readonly y: number };

/** PDFs, page by page. Its scripts are not run, and its fonts and forms not looked at. */
export async function* readPdf(file: ByteFile): AsyncGenerator<DocumentBatch> {
  if (!file.read(0, 1_024).includes('%PDF-')) throw new FaultyDocument('WRONG_TYPE', 'The file is not a PDF.');
  const pdf = await openPdf(file);
  const total = pdf.numPages;
  const title = await titleOf(pdf);
  let hasText = false;
  for (let number = 1; number <= total; number++) {
    const page = await soundly(() => pdf.getPage(number));
    const { items } = await soundly(() => page.getTextContent());
    page.cleanup();
    const blocks = blocksOf(items.filter((item) => 'str' in item));
    hasText ||= blocks.length > 0;
    yield {
      blocks: number === 1 && title !== null ? [{ type: 'title', text: title }, ...blocks] : blocks,
      done: number,
      total,
    };
  }
  if (!hasText) throw new FaultyDocument('NO_TEXT', 'The pages have no text; they may be pictures of text (a scan).');
}

async function openPdf(file: ByteFile): Promise<Pdf> {
  const { getDocumentProxy } = await import('unpdf');
  return soundly<Pdf>(() =>
    getDocumentProxy(new Uint8Array(file.read(0, file.bytes)), {
      isEvalSupported: false,
      disableFontFace: true,
      useSystemFonts: false,
      useWorkerFetch: false,
      verbosity: 0,
    }),
  );
}

/** What pdf.js cannot do with the file is a fault of the file. */
async function soundly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isLocked = error instanceof Error && error.name === 'PasswordException';
    throw isLocked
      ? new FaultyDocument('ENCRYPTED', 'The PDF can only be opened with a password.')
      : new FaultyDocument('BROKEN', 'The PDF is damaged.');
  }
}

async function titleOf(pdf: Pdf): Promise<string | null> {
  const { info } = await soundly(() => pdf.getMetadata());
  const title: unknown = 'Title' in info ? info.Title : null;
  const text = typeof title === 'string' ? title.replace(/\s+/g, ' ').trim().toWellFormed() : '';
  return text === '' ? null : text.slice(0, 500).toWellFormed();
}

function blocksOf(items: readonly TextItem[]): DocumentBlock[] {
  const lines = linesOf(items);
  const usual = usualHeight(lines);
  const blocks: DocumentBlock[] = [];
  let before: Line | undefined;
  let open: { text: string; joint: '\n\n' | '\n' } | undefined;
  const close = () => {
    if (open) blocks.push({ type: 'text', ...open });
    open = undefined;
  };
  for (const line of lines) {
    const isFar = before !== undefined && Math.abs(before.y - line.y) > PARAGRAPH_GAP * Math.max(line.height, 1);
    if (line.height > usual * HEADING_GROWTH && line.text.length <= LONGEST_HEADING) {
      close();
      blocks.push({ type: 'heading', text: line.text, source: line.text });
    } else if (!open || isFar) {
      close();
      open = { text: line.text, joint: '\n\n' };
    } else if (open.text.length + line.text.length >= LONGEST_BLOCK) {
      close();
      open = { text: line.text, joint: '\n' };
    } else open.text += `\n${line.text}`;
    before = line;
  }
  close();
  return blocks;
}

function linesOf(items: readonly TextItem[]): Line[] {
  const lines: Line[] = [];
  let text = '';
  let height = 0;
  let y = 0;
  const end = () => {
    let left = text
      .replace(/[\s\0]+/g, ' ')
      .trim()
      .toWellFormed();
    // Nobody writes lines that are longer than a block, but a file may hold them.
    while (left !== '') {
      const { kept, rest } = cutWhole(left, LONGEST_BLOCK);
      lines.push({ text: kept, height, y });
      left = rest;
    }
    text = '';
    height = 0;
  };
  for (const item of items) {
    if (item.str.trim() !== '') {
      height = Math.max(height, item.height);
      y = item.transform[5] ?? 0;
    }
    text += item.str;
    if (item.hasEOL) end();
  }
  end();
  return lines;
}

/** The height of most letters. */
function usualHeight(lines: readonly Line[]): number {
  const letters = new Map<number, number>();
  for (const { text, height } of lines) letters.set(height, (letters.get(height) ?? 0) + text.length);
  const [most] = [...letters].toSorted(([, one], [, other]) => other - one);
  return most?.[0] ?? 0;
}
