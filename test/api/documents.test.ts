import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { entriesOf, importFile, type SeenEntry } from '../kit/files.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';
import { lockedPdf, pdfOf } from '../kit/pdf.js';

let house: RunningHouse;
let ada: Person;
beforeAll(async () => {
  house = await openHouse();
  await house.join('owner');
});
afterAll(() => house.close());
beforeEach(async () => {
  ada = await house.join();
});

const text = (content: string | Buffer, mediaType = 'text/plain', fileName = 'notes.txt') => ({
  fileName,
  mediaType,
  content,
});
const shown = (entries: readonly SeenEntry[]) =>
  entries.map(({ title, summary, content }) => ({ title, summary, content }));

describe('a document becomes entries', () => {
  it('of Markdown, cut at headings, with fences whole and everything as it was written', async () => {
    const long = 'Sorting puts things in order. '.repeat(40).trim();
    const content = `# Handbook\n\n${long}\n\n## Fences\n\n${long}\n\n\`\`\`js\n# no heading\n\nx = 1\n\`\`\`\n\nUnderlined\n---\n\n${long}\n`;

    const job = await importFile(ada, text(content, 'text/markdown', 'handbook.md'), {
      tags: ['x'],
      sourceUrl: 'https://example.com/h',
    });

    expect(job).toMatchObject({ kind: 'IMPORT_DOCUMENT', status: 'SUCCEEDED', entries: 3, error: null });
    expect(job.done).toBe(job.total);
    const entries = await entriesOf(ada);
    expect(shown(entries)).toEqual([
      { title: 'Handbook (1)', summary: 'Handbook', content: `# Handbook\n\n${long}` },
      {
        title: 'Handbook (2)',
        summary: 'Fences',
        content: `## Fences\n\n${long}\n\n\`\`\`js\n# no heading\n\nx = 1\n\`\`\``,
      },
      { title: 'Handbook (3)', summary: 'Underlined', content: `Underlined\n---\n\n${long}` },
    ]);
    const told = { tags: ['x'], sourceUrl: 'https://example.com/h', category: 'doc' };
    for (const entry of entries) expect(entry).toMatchObject(told);
  });

  it('of HTML: its title, headings and text, but nothing of its scripts, styles and menus', async () => {
    const content = `<!doctype html><html><head><title>정렬 &amp; 검색</title><style>p{color:red}</style>
      <script>document.write('evil')</script></head><body><nav>Home</nav><h1>정렬</h1>
      <p>리스트를\n   <b>정렬</b>하는 방법.</p><ul><li>하나</li><li>둘</li></ul><pre>x  =  1\ny = 2</pre></body></html>`;

    const job = await importFile(ada, text(content, 'text/html', 'page.html'));

    expect(job).toMatchObject({ status: 'SUCCEEDED', entries: 1 });
    expect(shown(await entriesOf(ada))).toEqual([
      {
        title: '정렬 & 검색',
        summary: '정렬',
        content: '정렬\n\n리스트를 정렬하는 방법.\n\n- 하나\n\n- 둘\n\nx  =  1\ny = 2',
      },
    ]);
  });

  it('whose title and headings are of more marks than letters', async () => {
    const marks = `제목${'\u0301'.repeat(10_000)}`;

    const html = `<title>${marks}</title><h1>${marks}</h1><p>본문</p>`;

    expect(
      await importFile(ada, { fileName: 'a.html', mediaType: 'text/html', content: html }, { category: 'marks' }),
    ).toMatchObject({
      status: 'SUCCEEDED',
      error: null,
    });
    expect((await entriesOf(ada, 'marks')).map(({ summary }) => summary.slice(0, 3))).toContain('제목\u0301');
  });

  it('of a PDF: its title, headings and pages', async () => {
    const content = pdfOf(['# The Report\nFirst line.\nSecond line.', 'Another page.'], { title: 'Annual Report' });

    const job = await importFile(ada, text(content, 'application/pdf', 'r.pdf'));

    expect(job).toMatchObject({ status: 'SUCCEEDED', done: 2, total: 2, entries: 1 });
    expect(shown(await entriesOf(ada))).toEqual([
      {
        title: 'Annual Report',
        summary: 'The Report',
        content: 'The Report\n\nFirst line.\nSecond line.\n\nAnother page.',
      },
    ]);
  });

  it('of plain text, under its file name or the title that is given, and is found at once', async () => {
    await importFile(ada, text('대기열을 비우는 방법', 'text/plain', '운영 노트.txt'));
    await importFile(ada, text('다른 글', 'text/plain', 'b.txt'), { title: '내 제목', category: 'url' });

    expect((await entriesOf(ada)).map(({ title }) => title).toSorted()).toEqual(['내 제목', '운영 노트']);
    const query = 'query ($query: String!) { searchArchive(query: $query) { entry { title } } }';
    expect(await ada.get(query, { query: '대기열' })).toEqual({ searchArchive: [{ entry: { title: '운영 노트' } }] });
  });

  // 한글 메모, in each of them.
  const CP949 = Buffer.from([0xc7, 0xd1, 0xb1, 0xdb, 0x20, 0xb8, 0xde, 0xb8, 0xf0]);
  it.each([
    ['UTF-8', Buffer.from('한글 메모')],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeff한글 메모')],
    ['UTF-16, little end first', Buffer.from('\ufeff한글 메모', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\ufeff한글 메모', 'utf16le').swap16()],
    ['CP949', CP949],
  ])('in %s', async (_name, content) => {
    await importFile(ada, text(content));

    expect((await entriesOf(ada)).map((entry) => entry.content)).toEqual(['한글 메모']);
  });

  // 日本語, which is something else in CP949.
  const SHIFT_JIS = Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea]);
  it.each([
    ['text/html', '<meta charset="shift_jis">'],
    ['text/html', '<meta http-equiv="Content-Type" content="text/html; charset=shift_jis">'],
    ['application/xhtml+xml', '<?xml version="1.0" encoding="Shift_JIS"?>'],
    ['text/html; charset=shift_jis', ''],
  ])('in the charset that the media type or the page names: %s %s', async (mediaType, head) => {
    const content = Buffer.concat([Buffer.from(`${head}<title>`), SHIFT_JIS, Buffer.from('</title><p>'), SHIFT_JIS]);

    await importFile(ada, text(content, mediaType));

    expect(shown(await entriesOf(ada))).toEqual([{ title: '日本語', summary: '', content: '日本語' }]);
  });
});

describe('a file that cannot be read says why', () => {
  it.each([
    ['a PDF with a password', 'application/pdf', lockedPdf(), 'ENCRYPTED'],
    ['what is not a PDF', 'application/pdf', 'hello', 'WRONG_TYPE'],
    ['a damaged PDF', 'application/pdf', '%PDF-1.7\nnothing', 'BROKEN'],
    ['a PDF of pictures', 'application/pdf', pdfOf(['', '']), 'NO_TEXT'],
    ['an archive that says it is text', 'text/plain', Buffer.from('PK\x03\x04 and more'), 'WRONG_TYPE'],
    ['bytes that no text has', 'text/markdown', deflateSync('x'.repeat(100)), 'WRONG_TYPE'],
    ['blanks', 'text/plain', ' \n\n \n', 'EMPTY'],
    ['a page without text', 'text/html', '<title>x</title><script>1</script>', 'EMPTY'],
  ])('%s', async (_name, mediaType, content, reason) => {
    const job = await importFile(ada, text(content, mediaType));

    expect(job).toMatchObject({ status: 'FAILED', entries: 0, error: { code: 'INVALID_INPUT', reason } });
    expect(job.error?.message).toMatch(/^[A-Z].{5,}\.$/);
    expect(await entriesOf(ada)).toEqual([]);
  });
});
