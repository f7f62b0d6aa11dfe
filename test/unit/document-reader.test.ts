import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import { createDeflate } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import type { DocumentBlock } from '../../src/domain/documents/document-reader.js';
import { WorkerDocumentReader, type ReadingLimits } from '../../src/infra/documents/worker-document-reader.js';
import { pdfOf, pdfWithDeflated } from '../kit/pdf.js';

const MEGABYTE = 1_000_000;

afterEach(() => vi.unstubAllEnvs());

type Source = {
  readonly content: Iterable<Buffer>;
  readonly mediaType: string;
  readonly limits?: Partial<ReadingLimits>;
};

function open({ content, mediaType, limits = {} }: Source, signal = new AbortController().signal) {
  return new WorkerDocumentReader(limits).read(Readable.from(content), { mediaType, signal });
}

async function blocksOf(content: string | Buffer, mediaType: string): Promise<DocumentBlock[]> {
  const blocks: DocumentBlock[] = [];
  for await (const batch of open({ content: [Buffer.from(content)], mediaType })) blocks.push(...batch.blocks);
  return blocks;
}

/** What reading comes to: an error, or null if it comes to its end. */
async function faultOf(source: Source): Promise<AppError | null> {
  try {
    for await (const _ of open(source));
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function* repeated(chunk: Buffer, times: number): Generator<Buffer> {
  for (let time = 0; time < times; time++) yield chunk;
}

async function deflated(fill: string, megabytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  const stream = Readable.from(repeated(Buffer.alloc(MEGABYTE, fill), megabytes)).pipe(createDeflate({ level: 9 }));
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

describe('a document is read', () => {
  it('in blocks of a bounded size, of which none ends within a character', async () => {
    const content = `${'가🙂'.repeat(7_001)}\nnext\n\nlast`;

    const blocks = await blocksOf(content, 'text/plain');

    const texts = blocks.flatMap((block) => (block.type === 'text' ? [block.joint + block.text] : []));
    expect(texts.join('')).toBe(`\n\n${content}`);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(8_002);
    expect(texts.every((text) => text.isWellFormed())).toBe(true);
  });

  it('in the same blocks each time', async () => {
    const content = '# One\n\ntext\n\nTwo\n===\n\n~~~\n# no\n\n~~~\n'.repeat(3_000);

    expect(await blocksOf(content, 'text/markdown')).toEqual(await blocksOf(content, 'text/markdown'));
  });

  it('without taking an entity of its own making for more than its name', async () => {
    const laughs = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><html><p>&b; &amp; done</p></html>`;

    const blocks = await blocksOf(laughs, 'application/xhtml+xml');

    expect(blocks.at(-1)).toEqual({ type: 'text', text: '&b; & done', joint: '\n\n' });
  });
});

describe('a document of 100 MB', () => {
  it('is never in memory as a whole, however slowly it is taken', async () => {
    const paragraph = `${'리스트를 정렬하는 방법을 적어 둔다. '.repeat(40)}\n\n`;
    const chunk = Buffer.from(paragraph.repeat(Math.ceil(MEGABYTE / Buffer.byteLength(paragraph))));
    const before = process.memoryUsage();
    let most = { rss: 0, heapUsed: 0 };
    let chars = 0;

    for await (const { blocks } of open({ content: repeated(chunk, 100), mediaType: 'text/plain' })) {
      for (const block of blocks) if (block.type === 'text') chars += block.text.length;
      const { rss, heapUsed } = process.memoryUsage();
      most = { rss: Math.max(most.rss, rss), heapUsed: Math.max(most.heapUsed, heapUsed) };
    }

    expect(chars).toBeGreaterThan(40 * MEGABYTE);
    expect(most.heapUsed - before.heapUsed).toBeLessThan(60 * MEGABYTE);
    expect(most.rss - before.rss).toBeLessThan(200 * MEGABYTE);
  }, 60_000);
});

describe('what is made to take too much', () => {
  const tooComplex = { code: 'INVALID_INPUT', details: { field: 'uploadId', reason: 'TOO_COMPLEX' } };

  it.each([
    ['blanks', ' '],
    ['text', '(aaaaaaaaaaaaaaaaaaaaa) Tj '],
  ])(
    'memory ends with its thread: a PDF that unpacks to 600 MB of %s',
    async (_name, fill) => {
      const content = [pdfWithDeflated(await deflated(fill, 600))];

      expect(
        await faultOf({ content, mediaType: 'application/pdf', limits: { growthBytes: 150 * MEGABYTE } }),
      ).toMatchObject(tooComplex);
    },
    60_000,
  );

  it('heap ends with its thread, and not with the server', async () => {
    const content = [pdfOf(['word\n'.repeat(500_000)])];

    expect(await faultOf({ content, mediaType: 'application/pdf', limits: { heapMb: 16 } })).toMatchObject(tooComplex);
  }, 60_000);

  it('time ends with its thread', async () => {
    const content = [pdfOf(Array.from({ length: 200 }, () => 'word\n'.repeat(2_000)))];

    expect(await faultOf({ content, mediaType: 'application/pdf', limits: { totalMs: 1_000 } })).toMatchObject(
      tooComplex,
    );
  }, 60_000);

  it('depth is refused', async () => {
    const content = [Buffer.from('<b>'.repeat(100_000))];

    expect(await faultOf({ content, mediaType: 'text/html' })).toMatchObject(tooComplex);
  });
});

it('stops at once when nobody wants the document any more', async () => {
  const leaving = new AbortController();
  const reading = open(
    { content: repeated(Buffer.from('a b c\n\n'.repeat(10_000)), 100), mediaType: 'text/plain' },
    leaving.signal,
  );
  await reading.next();

  leaving.abort(new Error('enough'));

  await expect(reading.next()).rejects.toThrow('enough');
});

describe('a thread that ends while nobody waits for a batch', () => {
  it('is told to whoever asks for the next, as a failure of ours and not of the document', async () => {
    const { reading, thread } = await begin({
      content: repeated(Buffer.from('a b c\n\n'.repeat(10_000)), 10),
      mediaType: 'text/plain',
    });

    await thread.terminate();

    await expect(reading.next()).rejects.toEqual(new Error('The thread that read a document has ended.'));
  });

  it('for want of memory is told as such, and does not end the server', async () => {
    const content = [pdfOf(['small', 'word\n'.repeat(500_000)])];
    const { reading, thread } = await begin({ content, mediaType: 'application/pdf', limits: { heapMb: 16 } });

    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    thread.postMessage('next');
    await new Promise((resolve) => thread.once('exit', resolve));

    await expect(reading.next()).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'Reading the document takes too much memory.',
    });
  }, 60_000);

  /** Up to the first batch. */
  async function begin(source: Source) {
    const started = new Promise<Worker>((resolve) => process.once('worker', resolve));
    const reading = open(source);
    await reading.next();
    return { reading, thread: await started };
  }
});

it('says so where there is no room for the content now, and lets go of it', async () => {
  vi.stubEnv('TMPDIR', join(tmpdir(), 'not', 'there'));
  const content = Readable.from([Buffer.from('text')]);
  const reading = new WorkerDocumentReader().read(content, {
    mediaType: 'text/plain',
    signal: new AbortController().signal,
  });

  await expect(reading.next()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { isRetryable: true } });
  expect(content.destroyed).toBe(true);
});
