/** Writes the bytes of one key after another into a buffer that grows and is used again. */
export class KeyWriter {
  #buffer = Buffer.allocUnsafe(512);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeUInt16BE(value, this.#length);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32BE(value >>> 0, this.#length);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleBE(value, this.#length);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** Ends with 0 1; a 0 inside is written as 0 255, so that a string sorts before its own extensions. */
  terminated(value: Uint8Array): void {
    this.#reserve(value.length * 2 + 2);
    for (const byte of value) {
      this.#buffer[this.#length++] = byte;
      if (byte === 0) this.#buffer[this.#length++] = 0xff;
    }
    this.#buffer[this.#length++] = 0;
    this.#buffer[this.#length++] = 1;
  }

  text(value: string): void {
    this.terminated(Buffer.from(value, 'utf8'));
  }

  copyByte(from: number, to: number): void {
    this.#buffer[to] = this.#buffer[from] ?? 0;
  }

  /** Turns the order of what was written since `from` around. */
  invert(from: number): void {
    for (let i = from; i < this.#length; i++) this.#buffer[i] = ~(this.#buffer[i] ?? 0);
  }

  clear(): void {
    this.#length = 0;
  }

  /** The key so far, and a fresh start. */
  take(): Buffer {
    const key = Buffer.allocUnsafe(this.#length);
    this.#buffer.copy(key, 0, 0, this.#length);
    this.#length = 0;
    return key;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
