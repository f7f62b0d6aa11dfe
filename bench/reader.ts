import { once } from 'node:events';
import { WebSocket } from 'ws';
import { sharedNow } from './ipc.js';
import { textOf, TOKEN_CHARS, type Order } from './script.js';

/** Where a reader gets a stream from: the bare relay, or Tomato in a conversation of its own. */
export type Target =
  | { readonly kind: 'relay'; readonly url: string }
  | { readonly kind: 'tomato'; readonly url: string; readonly seats: readonly Seat[] };

export type Seat = { readonly token: string; readonly conversationId: string };

/** What became of one stream. */
export type Outcome = {
  /** When the reader had each token, by {@link sharedNow}; 0 for those that never came. */
  readonly times: Float64Array;
  /** Milliseconds from asking to the first token. */
  readonly firstTokenMs: number;
  /** Why it ended before its end; null if it did not. */
  readonly cut: string | null;
  /** Characters that are missing, wrong or too many, in what was streamed or in the answer that is stored. */
  readonly wrongChars: number;
};

/** All that a chat front end asks of a turn. */
const SUBSCRIPTION = `subscription ($message: SendMessageInput!) { chatStream(message: $message) { __typename seq
  ... on TextDelta { text } ... on ReasoningDelta { text } ... on StepStarted { step }
  ... on ToolCallStarted { callId name arguments } ... on ToolCallFinished { callId status output }
  ... on RunCompleted { stopReason message { id text } } ... on RunFailed { error { code message } } } }`;

type ServerMessage = {
  readonly type: string;
  readonly text?: string;
  readonly done?: true;
  readonly payload?: { readonly data?: { readonly chatStream: Event } | null; readonly errors?: readonly object[] };
};
type Event = { readonly __typename: string; readonly text?: string; readonly message?: { readonly text: string } };

const ENDS_BADLY: ReadonlySet<string> = new Set(['RunFailed', 'RunCancelled', 'RunInterrupted', 'RunSnapshot']);

/** Reads one stream, and judges what it was told. */
export class Reader {
  readonly firstToken: Promise<void>;
  readonly ended: Promise<Outcome>;
  tokens = 0;
  #text = '';
  #stored: string | undefined;
  #askedAt = 0;
  readonly #times: Float64Array;
  #hasFirst!: () => void;
  #hasEnded!: (outcome: Outcome) => void;

  constructor(
    private readonly target: Target,
    private readonly socket: WebSocket,
    private readonly order: Order,
    private readonly seat: Seat | undefined,
  ) {
    this.#times = new Float64Array(order.tokens);
    this.firstToken = new Promise((resolve) => (this.#hasFirst = resolve));
    this.ended = new Promise((resolve) => (this.#hasEnded = resolve));
    socket.on('message', (data: Buffer) => this.#read(JSON.parse(data.toString()) as ServerMessage));
    socket.on('close', (code: number, reason: Buffer) => this.#end(`closed with ${code} ${reason.toString()}`));
  }

  ask(): void {
    this.#askedAt = sharedNow();
    const text = JSON.stringify(this.order);
    if (this.target.kind === 'relay') return this.socket.send(text);
    const message = { conversationId: this.seat?.conversationId, text, clientMessageId: `bench-${this.order.stream}` };
    this.socket.send(
      JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, variables: { message } } }),
    );
  }

  close(): void {
    this.socket.terminate();
  }

  #read(message: ServerMessage): void {
    if (message.text !== undefined) return this.#add(message.text);
    if (message.done) return this.#end(null);
    switch (message.type) {
      case 'next':
        return message.payload?.data
          ? this.#take(message.payload.data.chatStream)
          : this.#end(JSON.stringify(message.payload));
      case 'error':
        return this.#end(JSON.stringify(message.payload));
      case 'complete':
        return this.#end(this.#stored === undefined ? 'told to its end without RunCompleted' : null);
      case 'ping':
        return this.socket.send('{"type":"pong"}');
    }
  }

  #take(event: Event): void {
    if (event.__typename === 'TextDelta') this.#add(event.text ?? '');
    else if (event.__typename === 'RunCompleted') this.#stored = event.message?.text ?? '';
    else if (ENDS_BADLY.has(event.__typename)) this.#end(JSON.stringify(event));
  }

  #add(text: string): void {
    const now = sharedNow();
    if (this.tokens === 0) this.#hasFirst();
    this.#text += text;
    const tokens = Math.floor(this.#text.length / TOKEN_CHARS);
    this.#times.fill(now, this.tokens, tokens);
    this.tokens = tokens;
  }

  #end(cut: string | null): void {
    this.#hasFirst();
    const wanted = textOf(this.order);
    const stored = this.target.kind === 'tomato' && cut === null ? differences(this.#stored ?? '', wanted) : 0;
    this.#hasEnded({
      times: this.#times,
      firstTokenMs: (this.#times[0] ?? 0) - this.#askedAt,
      cut,
      wrongChars: differences(this.#text, wanted) + stored,
    });
  }
}

function differences(text: string, wanted: string): number {
  if (text === wanted) return 0;
  let count = Math.abs(text.length - wanted.length);
  for (let at = 0; at < Math.min(text.length, wanted.length); at++) if (text[at] !== wanted[at]) count += 1;
  return count;
}

/** A socket that is ready to be asked. */
export async function openSocket(target: Target, seat: Seat | undefined): Promise<WebSocket> {
  const options = { perMessageDeflate: false, skipUTF8Validation: true };
  if (target.kind === 'relay') {
    const socket = new WebSocket(target.url, options);
    await once(socket, 'open');
    return socket;
  }
  const socket = new WebSocket(target.url, 'graphql-transport-ws', options);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${seat?.token}` } }));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  if ((JSON.parse(answer.toString()) as ServerMessage).type !== 'connection_ack')
    throw new Error(`Not let in: ${answer.toString()}`);
  return socket;
}
