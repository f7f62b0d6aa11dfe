import { MalformedMessageError } from './check-document.js';

/** The largest message that a client may send, in bytes. */
export const MAX_MESSAGE_BYTES = 48_000_000;

export const HEADER_BYTES = 16;

/** Cuts a stream of bytes into messages by the length that each one starts with. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #have = 0;

  /**
   * @returns the messages that `chunk` completes.
   * @throws {MalformedMessageError} if a message gives a length that none has.
   */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
    const messages: Buffer[] = [];
    for (;;) {
      const length = this.#nextLength();
      if (length === undefined || this.#have < length) return messages;
      messages.push(this.#take(length));
    }
  }

  #nextLength(): number | undefined {
    if (this.#have < HEADER_BYTES) return undefined;
    const length = this.#joined(4).readInt32LE(0);
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES + 16_384) {
      throw new MalformedMessageError(`a message of ${length} bytes`);
    }
    return length;
  }

  #take(length: number): Buffer {
    const all = this.#joined(length);
    const rest = all.subarray(length);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#have = rest.length;
    return all.subarray(0, length);
  }

  /** The first chunk, joined with the following ones if it has fewer than `bytes`. */
  #joined(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
