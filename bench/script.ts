/** What the model service of the bench is asked for, as JSON in the text of the user's message. */
export type Order = {
  /** Names the stream, and decides its text. */
  readonly stream: number;
  readonly tokens: number;
  /** `steady`: one token each {@link STEADY_MS}. `fast`: as fast as the reader takes them. `quiet`: the first token, and never another. */
  readonly pace: 'steady' | 'fast' | 'quiet';
  /** Asks for the tool `time_now` first, and answers in words once it is told what that gave. */
  readonly callsTool: boolean;
};

/** Milliseconds between two tokens of a steady stream: 50 a second. */
export const STEADY_MS = 20;

/** All tokens have as many UTF-16 code units, so that the place of a character tells which token it belongs to. */
export const TOKEN_CHARS = 5;

const KINDS = 4_096;
const FIRST_SYLLABLE = 0xac00;

const TOKENS: readonly string[] = Array.from({ length: KINDS }, (_, kind) => {
  const digits = kind.toString(16).padStart(3, '0');
  return `${digits}${String.fromCharCode(FIRST_SYLLABLE + kind)}${gapAfter(kind)}`;
});

/** Mostly spaces, and now and then a character that JSON must escape. */
function gapAfter(kind: number): string {
  if (kind % 16 === 15) return '\n';
  return kind % 16 === 7 ? '"' : ' ';
}

/** Which of the {@link KINDS} of tokens stands at a place of a stream: neighbours always differ, and so do streams. */
export const kindAt = (stream: number, index: number): number => (stream * 37 + index) % KINDS;

/** The whole text that an order asks for. */
export function textOf({ stream, tokens, pace }: Order): string {
  const count = pace === 'quiet' ? 1 : tokens;
  return Array.from({ length: count }, (_, index) => TOKENS[kindAt(stream, index)]).join('');
}

const chunkOf = (delta: object, finishReason: string | null = null): string =>
  eventOf({
    id: 'chatcmpl-bench-0123456789abcdef',
    object: 'chat.completion.chunk',
    created: 1_764_000_000,
    model: 'bench',
    system_fingerprint: 'fp_bench',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  });

const eventOf = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

/** A piece of an HTTP body in chunked coding, so that sending it costs one write and no work. */
function framed(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** Pieces of a streamed completion, as bytes of an HTTP body. */
export const PIECES = {
  open: framed(chunkOf({ role: 'assistant', content: '' })),
  tokens: TOKENS.map((content) => framed(chunkOf({ content }))),
  finish: framed(chunkOf({}, 'stop') + usage() + 'data: [DONE]\n\n'),
  toolCall: framed(toolCall().join('') + chunkOf({}, 'tool_calls') + usage() + 'data: [DONE]\n\n'),
} as const;

function usage(): string {
  const counts = { prompt_tokens: 20, completion_tokens: 20, total_tokens: 40 };
  return eventOf({
    id: 'chatcmpl-bench-0123456789abcdef',
    object: 'chat.completion.chunk',
    choices: [],
    usage: counts,
  });
}

/** A call whose arguments come in pieces. */
function toolCall(): string[] {
  const begun = { index: 0, id: 'call_bench_1', type: 'function', function: { name: 'time_now', arguments: '' } };
  const pieces = ['{"', 'timeZone', '":"', 'Asia', '/', 'Seoul', '"}'];
  return [begun, ...pieces.map((piece) => ({ index: 0, function: { arguments: piece } }))].map((call) =>
    chunkOf({ tool_calls: [call] }),
  );
}
