import { MalformedMessageError } from './check-document.js';

/** The largest message that a client may send, in bytes. */
export const MAX_MESSAGE_BYTES = 48_000_000;

export const HEADER_BYTES = 16;

export const Opcode = { reply: 1, query: 2004, msg: 2013 } as const;

/** Cuts a stream of bytes into messages by the length that each one starts with. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #have = 0;

  /**
   * @returns the messages that `chunk` completes.
   * @throws {MalformedMessageError} if a header gives a length or an operation that no message has.
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
    const header = this.#joined(HEADER_BYTES);
    const length = header.readInt32LE(0);
    const opcode = header.readInt32LE(12);
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES + 16_384) {
      throw new MalformedMessageError(`a message of ${length} bytes`);
    }
    // Told by its header, so that who speaks another protocol, such as TLS, is not waited for.
    if (opcode !== Opcode.msg && opcode !== Opcode.query) {
      throw new MalformedMessageError(`operation ${opcode} is not spoken here`);
    }
    return length;
  }

  #take(length: number): Buffer {
    const all = this.#joined(length);
    if (all.length === length) {
      this.#chunks = [];
      this.#have = 0;
      return all;
    }
    const rest = all.subarray(length);
    this.#chunks = [rest];
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
