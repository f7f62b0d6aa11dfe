const FINAL_TEXT = 0x81;

/** The texts as WebSocket frames (RFC 6455, 5.2), each one unmasked and whole, in one buffer: one write instead of two for each. */
export function textFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const buffer = Buffer.allocUnsafe(lengths.reduce((total, length) => total + headBytes(length) + length, 0));
  let end = 0;
  for (const [index, text] of texts.entries()) {
    end = writeHead(buffer, end, lengths[index] ?? 0);
    end += buffer.write(text, end, 'utf8');
  }
  return buffer;
}

function headBytes(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Returns where the text begins. */
function writeHead(buffer: Buffer, start: number, length: number): number {
  buffer[start] = FINAL_TEXT;
  if (length < 126) return buffer.writeUInt8(length, start + 1);
  buffer[start + 1] = length < 65_536 ? 126 : 127;
  return length < 65_536 ? buffer.writeUInt16BE(length, start + 2) : buffer.writeBigUInt64BE(BigInt(length), start + 2);
}
