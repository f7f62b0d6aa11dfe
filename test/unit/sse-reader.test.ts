import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedStreamError, SseReader } from '../../src/infra/openai/sse-reader.js';

function read(pieces: readonly (string | Uint8Array)[]): string[] {
  const data: string[] = [];
  const reader = new SseReader((each) => data.push(each));
  for (const piece of pieces) reader.push(Buffer.from(piece));
  reader.end();
  return data;
}

describe('SseReader', () => {
  it('hands on the data of each event, and nothing else', () => {
    const stream = ': a comment\nevent: message\nid: 7\ndata: one\n\nretry: 100\n\ndata:two\n\n:\n\ndata\n\n';

    expect(read([stream])).toEqual(['one', 'two']);
  });

  it('joins the lines of an event, and takes away one blank only', () => {
    expect(read(['data: a\ndata:  b\ndata:\ndata:c\n\n'])).toEqual(['a\n b\n\nc']);
  });

  it('takes all three ways to end a line, and a byte order mark', () => {
    expect(read(['\uFEFFdata: 1\r\n\r\n', 'data: 2\n\n', 'data: 3\r\rdata: 4\r\r'])).toEqual(['1', '2', '3', '4']);
  });

  it('takes the end of the stream for the end of the last event', () => {
    expect(read(['data: whole\n\ndata: last'])).toEqual(['whole', 'last']);
    expect(read([])).toEqual([]);
  });

  it('hands on an event as soon as it is complete', () => {
    const data: string[] = [];
    const reader = new SseReader((each) => data.push(each));

    reader.push(Buffer.from('data: one\n'));
    expect(data).toEqual([]);
    reader.push(Buffer.from('\ndata: two'));
    expect(data).toEqual(['one']);
  });

  it('keeps what came in place of events, and nothing of it once there is one', () => {
    const plain = (...pieces: string[]) => {
      const reader = new SseReader(() => undefined);
      for (const piece of pieces) reader.push(Buffer.from(piece));
      return reader.end();
    };

    expect(plain(': alive\n\n{"a":\n', ' 1}')).toBe('{"a":\n 1}');
    expect(plain('event: x\nid: 1\nretry: 5\n\n')).toBe('');
    expect(plain('{}\n', 'data: 1\n\n', 'more')).toBe('');
    expect(() => plain(...Array.from({ length: 9 }, () => `${'x'.repeat(1024 * 1024)}\n`))).toThrow(
      MalformedStreamError,
    );
  });

  it('gives the same, whatever is said and wherever it is cut', () => {
    const said = fc.array(
      fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll(/[\r\n]/g, '가')),
    );
    fc.assert(
      fc.property(said, fc.array(fc.nat()), fc.constantFrom('\n', '\r\n'), (texts, cuts, lineEnd) => {
        const bytes = Buffer.from(texts.map((text) => `data: ${text}${lineEnd}${lineEnd}`).join(''));
        const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
        const pieces = [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));

        expect(read(pieces)).toEqual(texts);
      }),
    );
  });

  it.each([
    ['a line', 'x'],
    ['an event of many lines', `data: ${'x'.repeat(1_000)}\n`],
  ])('does not keep %s that never ends', (_what, filling) => {
    const reader = new SseReader(() => {});
    const megabyte = Buffer.alloc(1024 * 1024, filling);

    expect(() => {
      for (let count = 0; count < 9; count++) reader.push(megabyte);
    }).toThrow(MalformedStreamError);
  });

  it('reads on after any number of lines that come in pieces', () => {
    const half = Buffer.alloc(512 * 1024, 'x');
    let chars = 0;
    const reader = new SseReader((data) => (chars += data.length));

    for (let count = 0; count < 20; count++) {
      reader.push(Buffer.concat([Buffer.from('data:'), half]));
      reader.push(Buffer.from('\n\n'));
    }

    expect(chars).toBe(20 * half.length);
  });
});
