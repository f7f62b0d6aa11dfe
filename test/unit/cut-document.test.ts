import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DocumentCutter, type DocumentPiece } from '../../src/domain/documents/cut-document.js';
import type { DocumentBlock } from '../../src/domain/documents/document-reader.js';

const heading = (text: string): DocumentBlock => ({ type: 'heading', text, source: `## ${text}` });
const text = (content: string, joint: '\n\n' | '\n' | '' = '\n\n'): DocumentBlock => ({
  type: 'text',
  text: content,
  joint,
});

function cut(...blocks: readonly DocumentBlock[]): DocumentPiece[] {
  const cutter = new DocumentCutter();
  return [...blocks.flatMap((block) => cutter.add(block)), ...cutter.end()];
}

const long = 'A sentence of some words. '.repeat(30).trim();

describe('a document is cut', () => {
  it('at headings where there is enough before them', () => {
    expect(cut(heading('One'), text(long), heading('Two'), text('short'), heading('Three'), text('end'))).toEqual([
      { heading: 'One', content: `## One\n\n${long}` },
      { heading: 'Two', content: '## Two\n\nshort\n\n## Three\n\nend' },
    ]);
  });

  it('between paragraphs, each piece under the heading that it stands under', () => {
    const pieces = cut(heading('One'), ...Array.from({ length: 8 }, () => text(long)));

    expect(pieces.map((piece) => piece.heading)).toEqual(['One', 'One', 'One']);
    expect(pieces.map(({ content }) => content).join('\n\n')).toBe(`## One\n\n${Array(8).fill(long).join('\n\n')}`);
  });

  it('after a sentence where a paragraph is too long', () => {
    const pieces = cut(text('이것은 조금 긴 문장이다. '.repeat(500)));

    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.every(({ content }) => content.trimEnd().endsWith('문장이다.'))).toBe(true);
  });

  it('and never leaves a heading alone', () => {
    const [first] = cut(heading('One'), text('word '.repeat(1_000)));

    expect(first?.content.length).toBeGreaterThan(2_000);
  });

  it('into pieces of a bounded size that hold all of its text, and end within no character', () => {
    const block = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map(heading),
      fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), fc.nat(150)).map(([part, times]) =>
        text(
          part
            .repeat(times + 1)
            .slice(0, 8_000)
            .toWellFormed(),
        ),
      ),
    );
    fc.assert(
      fc.property(fc.array(block), (blocks) => {
        const pieces = cut(...blocks);

        const letters = (content: string) => content.replace(/\s/g, '');
        const given = blocks.map((each) => (each.type === 'heading' ? each.source : each.text)).join('');
        expect(letters(pieces.map(({ content }) => content).join(''))).toBe(letters(given));
        expect(pieces.every(({ content }) => content.length <= 3_000 && content.isWellFormed())).toBe(true);
      }),
    );
  });
});

it('keeps nobody waiting for a text of dots, as a table of contents has them', () => {
  const startedAt = performance.now();

  const pieces = cut(...Array.from({ length: 64 }, () => text('.'.repeat(8_000), '')));

  expect(pieces.length).toBeGreaterThan(20);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

it('knows what the document calls itself: its title, or else its first heading', () => {
  const cutter = new DocumentCutter();
  expect(cutter.title).toBeNull();

  cutter.add(heading('One'));
  cutter.add(heading('Two'));
  expect(cutter.title).toBe('One');

  cutter.add({ type: 'title', text: 'Title' });
  expect(cutter.title).toBe('Title');
});
