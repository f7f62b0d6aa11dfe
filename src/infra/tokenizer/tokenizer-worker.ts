import { countTokens, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base';
import { parentPort } from 'node:worker_threads';

/** What the thread is asked, and what it answers. */
export type CountRequest = { readonly id: number; readonly texts: readonly string[] };
export type CountAnswer = { readonly id: number; readonly counts: readonly number[] };

/** Words whose tokens are remembered. */
const REMEMBERED_WORDS = 10_000;

/** A word takes time by the square of its length. Longer ones, which no language has, are cut; each cut is off by a token at most. */
const LONGEST_RUN = 256;
const TOO_LONG = new RegExp(`\\S{${LONGEST_RUN + 1}}|\\s{${LONGEST_RUN + 1}}`);
const PIECES = new RegExp(`[^]{1,${LONGEST_RUN}}`, 'g');

/** What looks like a mark of the model's protocol is text like any other. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

const port = parentPort;
if (port === null) throw new Error('tokenizer-worker runs in a worker thread; use WorkerTokenizer');

setMergeCacheSize(REMEMBERED_WORDS);
port.on('message', ({ id, texts }: CountRequest) => {
  const answer: CountAnswer = { id, counts: texts.map(countOne) };
  port.postMessage(answer);
});

function countOne(text: string): number {
  const pieces = TOO_LONG.test(text) ? (text.match(PIECES) ?? []) : [text];
  return pieces.reduce((tokens, piece) => tokens + countTokens(piece, AS_TEXT), 0);
}
