import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One chat completion that was asked for. */
export type LlmRequest = {
  readonly headers: IncomingHttpHeaders;
  readonly body: LlmBody;
  /** Settles when the exchange is over: true if the answer was sent to its end, false if either side cut it. */
  readonly closed: Promise<boolean>;
};

/** What a client sends, as far as tests look at it. */
export type LlmBody = {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: unknown; readonly [more: string]: unknown }[];
  readonly tools?: readonly { readonly type: string; readonly function: { readonly name: string } }[];
  readonly stream?: boolean;
  readonly [more: string]: unknown;
};

/** Answers one request; see the functions below for the usual ones. */
export type Reply = (response: ServerResponse, request: LlmRequest) => unknown;

export type FakeLlm = {
  /** Such as `http://127.0.0.1:40123/v1`. */
  readonly baseUrl: string;
  /** All chat completions that were asked for, oldest first. */
  readonly requests: readonly LlmRequest[];
  /** What `GET /models` lists. @default ['fake-1'] */
  modelNames: readonly string[];
  /** Adds replies to those that are still to be given, one a request. */
  script(replies: readonly Reply[]): void;
  /** Answers every request that the script has nothing for; without it they get an error 500. */
  otherwise(reply: Reply): void;
  /** Request number `number` (1 is the first), as soon as it is there. */
  request(number: number): Promise<LlmRequest>;
  close(): Promise<void>;
};

/** Starts a model service that says what it is told to. It listens on a free port of this machine. */
export async function startFakeLlm(): Promise<FakeLlm> {
  const replies: Reply[] = [];
  let fallback: Reply = fail(500, { body: { error: { message: 'The script has no more replies.' } } });
  const requests: LlmRequest[] = [];
  const server = createServer((incoming, response) => {
    void serve(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1', 4096);
  await once(server, 'listening');

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (incoming.url === '/v1/models')
      return sendJson(response, 200, { object: 'list', data: llm.modelNames.map((id) => ({ id })) });
    if (incoming.url !== '/v1/chat/completions')
      return sendJson(response, 404, { error: { message: 'No such path.' } });
    const closed = new Promise<boolean>((resolve) => response.once('close', () => resolve(response.writableFinished)));
    const request = { headers: incoming.headers, body: await readJson(incoming), closed };
    requests.push(request);
    server.emit('asked');
    await (replies.shift() ?? fallback)(response, request);
  }

  const llm: FakeLlm = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    modelNames: ['fake-1'],
    script: (added) => void replies.push(...added),
    otherwise: (reply) => void (fallback = reply),
    async request(number) {
      for (;;) {
        const request = requests[number - 1];
        if (request) return request;
        await once(server, 'asked');
      }
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return llm;
}

export type Wording = {
  /** Written before the text. */
  readonly reasoning?: string;
  /** @default 'stop', or 'tool_calls' where there are calls */
  readonly finishReason?: string;
  /** Sent in a last chunk without choices; null sends none. @default {@link FAKE_USAGE} */
  readonly usage?: object | null;
  /** Milliseconds between two deltas. @default 0 */
  readonly everyMs?: number;
};

export const FAKE_USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** Streams a text, a word a delta. */
export const say = (text: string, wording: Wording = {}): Reply =>
  streamDeltas(deltasOf(text, wording), 'stop', wording);

export type FakeCall = { readonly name: string; readonly args: unknown; readonly id?: string };

/** Calls one tool. `args` that are a text are sent as they are, so that they can be wrong. */
export const callTool = (name: string, args: unknown, wording: Wording & { id?: string; text?: string } = {}): Reply =>
  callTools([{ name, args, ...(wording.id === undefined ? {} : { id: wording.id }) }], wording);

export function callTools(calls: readonly FakeCall[], wording: Wording & { text?: string } = {}): Reply {
  const toolCalls = calls.map(({ name, args, id = `call_${name}_${nextCall++}` }, index) => ({
    tool_calls: [
      {
        index,
        id,
        type: 'function',
        function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
      },
    ],
  }));
  return streamDeltas([...deltasOf(wording.text ?? '', wording), ...toolCalls], 'tool_calls', wording);
}

let nextCall = 1;

/** Answers with an error. @param retryAfter Seconds, or an HTTP date. */
export function fail(
  status: number,
  { retryAfter, body }: { retryAfter?: number | string; body?: unknown } = {},
): Reply {
  return (response) => {
    if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
    sendJson(
      response,
      status,
      body ?? { error: { message: `Scripted error ${status}`, type: 'scripted', code: null } },
    );
  };
}

/** Takes the request and never answers. */
export const hang = (): Reply => () => {};

/** Says `text`, then nothing more, and keeps the connection open. */
export const stall = (text: string): Reply => begun(text, () => {});

/** Says `text`, then cuts the connection in the middle of the answer; without a text, before its first byte. */
export const cut = (text = ''): Reply =>
  text === '' ? (response) => response.destroy() : begun(text, (response) => response.destroy());

/** Says `text` and ends the answer properly, but without a finish reason. */
export const endEarly = (text: string): Reply => begun(text, (response) => response.end('data: [DONE]\n\n'));

/** Sends these pieces with a write each, as `text/event-stream`. */
export function sendRaw(
  pieces: readonly (string | Uint8Array)[],
  { status = 200, contentType = 'text/event-stream' } = {},
): Reply {
  return async (response) => {
    response.writeHead(status, { 'content-type': contentType });
    for (const piece of pieces) {
      response.write(piece);
      await new Promise(setImmediate);
    }
    response.end();
  };
}

/** Says one word after the other for as long as the client listens. */
export const sayForever =
  (word: string, everyMs: number): Reply =>
  async (response) => {
    openStream(response);
    while (!response.destroyed) {
      response.write(chunk({ content: word }));
      await sleep(everyMs);
    }
  };

function streamDeltas(
  deltas: readonly object[],
  finishReason: string,
  { usage = FAKE_USAGE, everyMs = 0, ...wording }: Wording,
): Reply {
  return async (response) => {
    openStream(response);
    for (const delta of deltas) {
      if (response.destroyed) return;
      response.write(chunk(delta));
      if (everyMs > 0) await sleep(everyMs);
    }
    response.write(chunk({}, wording.finishReason ?? finishReason));
    if (usage !== null) response.write(event({ object: 'chat.completion.chunk', choices: [], usage }));
    response.end('data: [DONE]\n\n');
  };
}

/** Starts an answer with `text`; `then` follows once that is on its way. */
function begun(text: string, then: (response: ServerResponse) => void): Reply {
  return (response) => {
    openStream(response);
    for (const delta of deltasOf(text, {}).slice(0, -1)) response.write(chunk(delta));
    response.write(chunk(deltasOf(text, {}).at(-1) ?? {}), () => setImmediate(then, response));
  };
}

const deltasOf = (text: string, { reasoning = '' }: Wording): object[] => [
  ...wordsOf(reasoning).map((word) => ({ reasoning_content: word })),
  ...wordsOf(text).map((word) => ({ content: word })),
];

const wordsOf = (text: string): readonly string[] => text.match(/\s*\S+\s*$|\s*\S+|\s+$/g) ?? [];

const chunk = (delta: object, finish_reason: string | null = null): string =>
  event({
    id: 'chatcmpl-fake',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'fake-1',
    choices: [{ index: 0, delta, finish_reason }],
  });

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function readJson(incoming: IncomingMessage): Promise<LlmBody> {
  let text = '';
  for await (const piece of incoming.setEncoding('utf8')) text += piece;
  return JSON.parse(text) as LlmBody;
}
