/** Bytes of one line, and characters of one event, beyond which a stream is not taken for one. */
const MAX_EVENT_SIZE = 8 * 1024 * 1024;

const LINE_FEED = 0x0a;

/** A comment, or a field that is of no interest here. */
const OTHER_FIELD = /^(?::|(?:event|id|retry)(?::|$))/;

/** A stream that is not one of server-sent events. */
export class MalformedStreamError extends Error {}

/**
 * Reads server-sent events from pieces of bytes, wherever these were cut: in the middle of a line or of a character.
 * Only `data` is of interest here; each event's is handed on, its lines joined. So is `error`, the field in which llama.cpp tells of one.
 */
export class SseReader {
  readonly #onData: (data: string) => void;
  /** The beginning of a line whose end has not come. A line feed is never part of a character, so nothing else need be kept. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #isFirst = true;
  #data: string | null = null;
  /** Lines that are of no event, as long as there was none. */
  #plain: string[] | null = [];
  #plainChars = 0;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  /** @throws {MalformedStreamError} if a line or an event does not end. */
  push(bytes: Buffer): void {
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) this.#readLines(this.#take(bytes.subarray(0, end)));
    if (end < bytes.length) this.#keep(end === 0 ? bytes : bytes.subarray(end));
  }

  /**
   * The stream has ended: what is left counts as a line, and as the end of an event.
   *
   * @returns What came in place of events; nothing where there was one.
   */
  end(): string {
    if (this.#begun.length > 0) this.#readLines(`${this.#take(Buffer.alloc(0))}\n`);
    this.#endEvent();
    return this.#plain?.join('\n') ?? '';
  }

  #keep(bytes: Buffer): void {
    this.#begun.push(bytes);
    this.#begunBytes += bytes.length;
    if (this.#begunBytes > MAX_EVENT_SIZE) throw new MalformedStreamError('A line of the stream does not end.');
  }

  #take(bytes: Buffer): string {
    if (this.#begun.length === 0) return bytes.toString('utf8');
    const text = Buffer.concat([...this.#begun, bytes]).toString('utf8');
    this.#begun = [];
    this.#begunBytes = 0;
    return text;
  }

  /** @param text Whole lines. */
  #readLines(text: string): void {
    const lines = text.includes('\r') ? text.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : text;
    let start = 0;
    if (this.#isFirst) {
      this.#isFirst = false;
      if (lines.startsWith('\uFEFF')) start = 1;
    }
    for (let end = lines.indexOf('\n', start); end !== -1; end = lines.indexOf('\n', start)) {
      if (end === start) this.#endEvent();
      else if (lines.startsWith('data:', start)) this.#addData(lines.slice(start + 5, end));
      else if (lines.startsWith('error:', start)) this.#addData(lines.slice(start + 6, end));
      else if (this.#plain) this.#addPlain(this.#plain, lines.slice(start, end));
      start = end + 1;
    }
  }

  #addData(value: string): void {
    const data = value.startsWith(' ') ? value.slice(1) : value;
    this.#data = this.#data === null ? data : `${this.#data}\n${data}`;
    this.#plain = null;
    if (this.#data.length > MAX_EVENT_SIZE) throw new MalformedStreamError('An event of the stream does not end.');
  }

  #addPlain(plain: string[], line: string): void {
    if (OTHER_FIELD.test(line)) return;
    plain.push(line);
    this.#plainChars += line.length;
    if (this.#plainChars > MAX_EVENT_SIZE) throw new MalformedStreamError('What is no event does not end.');
  }

  #endEvent(): void {
    const data = this.#data;
    if (data === null) return;
    this.#data = null;
    this.#onData(data);
  }
}
