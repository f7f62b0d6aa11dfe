import { WebSocket } from 'ws';
import { CHAT_STREAM, type StreamedEvent } from './chat-stream.js';
import type { Person } from './house.js';

export const TRANSPORTS = ['WebSocket', 'SSE'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** How a reading ended: the server said that all is told, it refused, or the connection is gone. */
export type Ending = {
  readonly how: 'complete' | 'refused' | 'cut';
  readonly closeCode: number | null;
  readonly errors: unknown;
};

type Variables = { readonly message?: Record<string, unknown>; readonly runId?: string; readonly after?: number };

/** A reader of `chatStream` on a connection of its own, who can vanish without a word. */
export class AbruptReader {
  readonly events: StreamedEvent[] = [];
  /** When each of the events came, by `performance.now()`. */
  readonly times: number[] = [];
  readonly ended: Promise<Ending>;
  readonly #waiting = new Set<() => void>();
  readonly #leaving = new AbortController();
  #isOver = false;

  constructor(person: Person, transport: Transport, variables: Variables) {
    const read = transport === 'SSE' ? this.#readSse(person, variables) : this.#readSocket(person, variables);
    this.ended = read.finally(() => this.#over());
  }

  /** The first event that is as asked, whether it has come or is to come. Throws if the reading ends without one. */
  async first(isIt: (event: StreamedEvent, index: number) => boolean): Promise<StreamedEvent> {
    for (;;) {
      const found = this.events.find(isIt);
      if (found) return found;
      if (this.#isOver) throw new Error(`It has not come, and is not to come: ${JSON.stringify(this.events.at(-1))}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Cuts the connection, as a crash of the reader would. */
  vanish(): void {
    this.#leaving.abort();
  }

  #take(event: StreamedEvent): void {
    if (this.#leaving.signal.aborted) return;
    this.events.push(event);
    this.times.push(performance.now());
    this.#wake();
  }

  #over(): void {
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #readSocket({ house, token }: Person, variables: Variables): Promise<Ending> {
    const ws = new WebSocket(`${house.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    this.#leaving.signal.addEventListener('abort', () => ws.terminate());
    ws.on('error', () => ws.terminate());
    ws.on('open', () =>
      ws.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
    );
    let ending: Ending = { how: 'cut', closeCode: null, errors: null };
    ws.on('message', (data: Buffer) => {
      const { type, payload } = JSON.parse(data.toString()) as {
        type: string;
        payload?: { data?: { chatStream: StreamedEvent }; errors?: unknown };
      };
      if (type === 'connection_ack')
        ws.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: CHAT_STREAM, variables } }));
      else if (type === 'next' && payload?.data) this.#take(payload.data.chatStream);
      else if (type === 'next' || type === 'error') ending = { ...ending, how: 'refused', errors: payload };
      else if (type === 'complete' && ending.how === 'cut') ending = { ...ending, how: 'complete' };
      if (type !== 'error' && type !== 'complete') return;
      this.#over();
      if (!this.#staysOpen) ws.close();
    });
    const closeCode = await new Promise<number>((resolve) => ws.once('close', resolve));
    return { ...ending, closeCode };
  }

  /** Whether the socket is kept when the stream is over, to see how the server closes it. */
  #staysOpen = false;
  stayOpen(): this {
    this.#staysOpen = true;
    return this;
  }

  async #readSse(person: Person, variables: Variables): Promise<Ending> {
    try {
      for await (const event of person.chatBySse(variables, this.#leaving.signal)) this.#take(event);
    } catch (errors) {
      const isCut = errors instanceof Error;
      return { how: isCut ? 'cut' : 'refused', closeCode: null, errors: isCut ? null : errors };
    }
    return { how: 'complete', closeCode: null, errors: null };
  }
}

/** What a front end shows of an answer after these events: deltas are appended, and a snapshot replaces all before it. */
export function shownBy(events: readonly StreamedEvent[]): string {
  return events.reduce((text, event) => {
    if (event.__typename === 'TextDelta') return text + (event['text'] as string);
    return event.__typename === 'RunSnapshot' ? (event['message'] as { text: string }).text : text;
  }, '');
}

export const isTerminal = ({ __typename }: StreamedEvent): boolean =>
  ['RunCompleted', 'RunFailed', 'RunCancelled', 'RunInterrupted'].includes(__typename);
