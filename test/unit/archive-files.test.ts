import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { ArchiveEntry } from '../../src/domain/archive/archive-entry.js';
import { checkEntry, type EntryFields } from '../../src/domain/archive/check-entry.js';
import type { Found } from '../../src/domain/archive-files/archive-file.js';
import { ARCHIVE_FILES } from '../../src/domain/archive-files/archive-file-formats.js';
import { linesOf, type Line } from '../../src/domain/archive-files/lines.js';

const FORMATS = ['JSONL', 'MARKDOWN'] as const;
type Format = (typeof FORMATS)[number];

const AT = new Date('2026-01-02T03:04:05.678Z');
const BEGINNING = { at: 0, number: 1 };

const entryOf = (fields: Partial<EntryFields>): ArchiveEntry => ({
  ...checkEntry({ category: 'code', title: 'a title', summary: '', content: '', tags: [], sourceUrl: null, ...fields }),
  id: newId('arc'),
  ownerId: 'usr_1',
  version: 1,
  createdAt: AT,
  updatedAt: AT,
});

async function* chunksOf(file: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
}

async function read(format: Format, file: string | Buffer, { start = BEGINNING, size = 7 } = {}): Promise<Found[]> {
  const found: Found[] = [];
  for await (const each of ARCHIVE_FILES[format].read(linesOf(chunksOf(Buffer.from(file), size), start)))
    found.push(each);
  return found;
}

const write = (format: Format, entries: readonly ArchiveEntry[]) => entries.map(ARCHIVE_FILES[format].write).join('');
const fieldsOf = (found: readonly Found[]) => found.map((each) => ('fields' in each ? each.fields : each));
const problemsOf = (found: readonly Found[]) =>
  found.flatMap((each) => ('problem' in each ? [{ line: each.line, problem: each.problem }] : []));
const written = ({ category, title, summary, content, tags, sourceUrl }: ArchiveEntry): EntryFields => ({
  category,
  title,
  summary,
  content,
  tags,
  sourceUrl,
});

describe.each(FORMATS)('a file of an archive, as %s', (format) => {
  const line = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 20 })
    .filter((text) => text.isWellFormed() && text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim() !== '');
  const content = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '\r\n', '---', '```', '````', '\n```\n', '\n---\n', '\ufeff', '\0', '\u2028'),
    ),
  );
  const entry = fc
    .record({ title: line, summary: line, tags: fc.array(line, { maxLength: 3 }), content })
    .map((fields) => entryOf({ ...fields, content: fields.content.join('').toWellFormed() }));

  it('is read again exactly as it was written, in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 4 }), fc.integer({ min: 1, max: 50 }), async (entries, size) => {
        expect(fieldsOf(await read(format, write(format, entries), { size }))).toEqual(entries.map(written));
      }),
      { numRuns: 300 },
    );
  });

  it('can be read on from behind each entry', async () => {
    const entries = ['one', 'two\n---\n', 'three'].map((text) => entryOf({ title: text, content: `${text}\n` }));
    const file = write(format, entries);

    for (const [place, { next }] of (await read(format, file)).entries())
      expect(fieldsOf(await read(format, file, { start: next }))).toEqual(entries.slice(place + 1).map(written));
  });

  it('is nothing where the file is empty', async () => {
    expect(await read(format, '\n \n')).toEqual([]);
  });
});

it('a Markdown file whose lines an editor has ended by CRLF has no return behind its contents', async () => {
  const file = write(
    'MARKDOWN',
    ['', 'a', 'b\n'].map((content) => entryOf({ content })),
  ).replaceAll('\n', '\r\n');

  const found = await read('MARKDOWN', file);

  expect(fieldsOf(found)).toEqual(['', 'a', 'b\r\n'].map((content) => written(entryOf({ content }))));
});

describe('what is wrong with a file is told by its line, and the rest is read', () => {
  it('in JSONL', async () => {
    const good = write('JSONL', [entryOf({ title: 'good' })]);
    const lines = [
      good.trimEnd(),
      '{ "category": ',
      '[]',
      '{"category":"code","title":7,"content":""}',
      '',
      good.trimEnd(),
    ];
    const file = Buffer.concat([
      Buffer.from(lines.join('\n')),
      Buffer.from('\n{"x":"\xff"}\n', 'latin1'),
      Buffer.from(good),
    ]);

    const found = await read('JSONL', file);

    expect(problemsOf(found)).toEqual([
      { line: 2, problem: 'The line is not JSON.' },
      { line: 3, problem: expect.stringContaining('expected object') },
      { line: 4, problem: expect.stringContaining('title: ') },
      { line: 7, problem: 'The line is not UTF-8.' },
    ]);
    expect(fieldsOf(found).filter((each) => 'title' in each && each.title === 'good')).toHaveLength(3);
  });

  it('in Markdown', async () => {
    const good = write('MARKDOWN', [entryOf({ title: 'good', content: 'x' })]);
    const file = [
      good,
      'stray text\nand more of it\n',
      good,
      '---\ncategory: code\ntitle: [1]\n---\n\n```\nx\n```\n',
      '---\ncategory: code\ntitle: no content\n---\n\nplain\n',
      '---\ncategory: code\ntitle: by hand\ntags: ["a"]\n---\n\n```\nx\n```\n',
      '---\ncategory: code\ntitle: no end\n---\n\n```\nx\n',
    ].join('');

    const found = await read('MARKDOWN', file);

    expect(problemsOf(found)).toEqual([
      { line: 15, problem: 'Here an entry should begin, with ---.' },
      { line: 31, problem: expect.stringContaining('title: ') },
      { line: 44, problem: 'Here the fence of a content should begin, with ```.' },
      { line: 54, problem: 'The entry has no end.' },
    ]);
    expect(fieldsOf(found).flatMap((each) => ('title' in each ? [each.title] : []))).toEqual([
      'good',
      'good',
      'by hand',
    ]);
  });

  it('front matter that nobody can have written is not kept in memory', async () => {
    const good = write('MARKDOWN', [entryOf({ title: 'good' })]);
    const long = good.replace('\n', `\n${`x: ${'y'.repeat(600_000)}\n`.repeat(2)}`);

    const found = await read('MARKDOWN', long, { size: 65_536 });

    expect(problemsOf(found)[0]).toEqual({ line: 1, problem: 'The front matter has no end.' });
  });

  it('a line that nobody can have written is not kept in memory', async () => {
    async function* endless(): AsyncGenerator<Buffer> {
      for (let megabyte = 0; megabyte < 64; megabyte++) yield Buffer.alloc(1_000_000, 'x');
      yield Buffer.from('\nnext');
    }
    const before = process.memoryUsage.rss();
    const lines: Line[] = [];

    for await (const line of linesOf(endless(), BEGINNING)) lines.push(line);

    expect(lines).toEqual([
      { number: 1, text: null, problem: expect.stringContaining('longer than'), end: 64_000_001 },
      { number: 2, text: 'next', end: 64_000_005 },
    ]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(60_000_000);
  });
});
