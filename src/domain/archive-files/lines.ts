/** A line without its line feed. `text` is null where it cannot be used; `problem` says why. */
export type Line =
  | { readonly number: number; readonly text: string; readonly end: number }
  | { readonly number: number; readonly text: null; readonly problem: string; readonly end: number };

/** Bytes: a content of 1 MiB in which JSON must escape every character, and room for the rest. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * The lines of a file of UTF-8, one by one, exactly as they are but for the byte order mark that the first may begin with. `number` is 1 for the first;
 * `end` is how many bytes were read up to its end.
 *
 * @param start Where a line begins, with the number that it has.
 */
export async function* linesOf(
  content: AsyncIterable<Buffer>,
  start: { readonly at: number; readonly number: number },
): AsyncGenerator<Line, void> {
  let { number } = start;
  let end = 0;
  let parts: Buffer[] = [];
  let length = 0;
  const take = (part: Buffer) => {
    length += part.length;
    if (length <= MAX_LINE_BYTES) parts.push(part);
  };
  const finish = (): Line => {
    const line = length > MAX_LINE_BYTES ? tooLong(number, end) : lineOf(Buffer.concat(parts), number, end);
    number += 1;
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of content) {
    let from = Math.max(0, start.at - end);
    if (from >= chunk.length) {
      end += chunk.length;
      continue;
    }
    const chunkStart = end;
    for (let feed = chunk.indexOf(LINE_FEED, from); feed !== -1; feed = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, feed));
      from = feed + 1;
      end = chunkStart + from;
      yield finish();
    }
    take(chunk.subarray(from));
    end = chunkStart + chunk.length;
  }
  if (length > 0) yield finish();
}

function lineOf(bytes: Buffer, number: number, end: number): Line {
  const isMarked = number === 1 && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      isMarked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes,
    );
    return { number, text, end };
  } catch {
    return { number, text: null, problem: 'The line is not UTF-8.', end };
  }
}

const tooLong = (number: number, end: number): Line => ({
  number,
  text: null,
  problem: `The line is longer than ${MAX_LINE_BYTES} bytes.`,
  end,
});
