import { deserialize } from 'bson';
import type { Listener } from './slow-proxy.js';

/** How often each thing was asked for, such as `find users` or `hmget tomato:session`. */
export type Tally = Map<string, number>;

const HEADER_BYTES = 16;
/** The flags, and the kind of the first section. */
const BEFORE_COMMAND_BYTES = 5;
const OP_MSG = 2013;

const END_OF_LINE = '\r\n';

/** Counts the commands that a driver sends to a MongoDB, by their name and collection. */
export function mongoCommands(tally: Tally): Listener {
  let rest = Buffer.alloc(0);
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    while (rest.length >= HEADER_BYTES && rest.length >= rest.readInt32LE(0)) {
      const message = rest.subarray(0, rest.readInt32LE(0));
      rest = rest.subarray(message.length);
      if (message.readInt32LE(12) !== OP_MSG) continue;
      const body = message.subarray(HEADER_BYTES + BEFORE_COMMAND_BYTES);
      // The first field is the command's name.
      const [[name, collection] = ['']] = Object.entries(deserialize(body.subarray(0, body.readInt32LE(0))));
      count(tally, typeof collection === 'string' ? `${name} ${collection}` : name);
    }
  };
}

/** Counts the commands that a client sends to a Redis, by their name and the kind of key. */
export function redisCommands(tally: Tally): Listener {
  let rest = Buffer.alloc(0);
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    for (;;) {
      const command = readCommand(rest);
      if (command === null) return;
      rest = rest.subarray(command.length);
      const [name = '', ...values] = command.words;
      const kindOfKey = values.map((value) => /^tomato:[a-z-]+/.exec(value)?.[0]).find((kind) => kind !== undefined);
      count(tally, [name, kindOfKey].join(' ').trimEnd());
    }
  };
}

/** The command that the bytes begin with, as `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. Null while it has not come in whole. */
function readCommand(bytes: Buffer): { readonly words: readonly string[]; readonly length: number } | null {
  const words: string[] = [];
  let head = readHead(bytes, 0);
  for (let left = head?.value ?? 0; head && left > 0; left--) {
    const word = readHead(bytes, head.end);
    if (!word) return null;
    words.push(bytes.toString('utf8', word.end, word.end + word.value));
    head = { value: word.value, end: word.end + word.value + END_OF_LINE.length };
  }
  return head && head.end <= bytes.length ? { words, length: head.end } : null;
}

/** The number of a line such as `*2` or `$3`, and where the line ends. Null while it has not come in whole. */
function readHead(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | null {
  const end = bytes.indexOf(END_OF_LINE, at);
  return end === -1 ? null : { value: Number(bytes.toString('latin1', at + 1, end)), end: end + END_OF_LINE.length };
}

function count(tally: Tally, what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}
