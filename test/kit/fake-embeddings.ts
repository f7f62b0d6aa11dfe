import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type EmbeddingRequest = { readonly model: string; readonly input: readonly string[] };

export type FakeEmbeddings = {
  /** Such as `http://127.0.0.1:40123/v1`. */
  readonly baseUrl: string;
  /** All that were answered, oldest first. */
  readonly requests: readonly EmbeddingRequest[];
  /** What it does with a request: waits for what this promises, then answers with the status. @default 200 at once */
  behave(how: (request: EmbeddingRequest) => Promise<number> | number): void;
  /** Waits until one of the answered requests fits. */
  seen(fits: (request: EmbeddingRequest) => boolean): Promise<void>;
  close(): Promise<void>;
};

/** Words that mean the same to it. */
const CONCEPTS: readonly (readonly string[])[] = [
  ['quokka', 'marsupial'],
  ['zeppelin', 'airship'],
];

const DIMENSIONS = 256;

/** A service of vectors that stay the same for the same text and model: each word is a direction, and words of one concept are the same one. */
export async function startFakeEmbeddings(): Promise<FakeEmbeddings> {
  const requests: EmbeddingRequest[] = [];
  let how: (request: EmbeddingRequest) => Promise<number> | number = () => 200;
  const server = createServer((incoming, response) => {
    void serve(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const piece of incoming.setEncoding('utf8')) body += piece;
    const request = JSON.parse(body) as EmbeddingRequest;
    const status = incoming.url === '/v1/embeddings' ? await how(request) : 404;
    const data = request.input.map((text, index) => ({ index, embedding: [...fakeVector(request.model, text)] }));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        status === 200
          ? { object: 'list', data: data.toReversed(), usage: { prompt_tokens: request.input.length * 3 } }
          : { error: { message: `Scripted error ${status}` } },
      ),
    );
    if (status !== 200) return;
    requests.push(request);
    server.emit('answered');
  }

  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    behave: (other) => void (how = other),
    async seen(fits) {
      while (!requests.some(fits)) await once(server, 'answered');
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The sum of the directions of its words, which are others for each model. */
export function fakeVector(model: string, text: string): Float32Array {
  const sum = new Float32Array(DIMENSIONS);
  for (const word of text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)) {
    const concept = CONCEPTS.find((words) => words.includes(word))?.[0] ?? word;
    const bytes = createHash('shake256', { outputLength: DIMENSIONS }).update(`${model} ${concept}`).digest();
    for (const [at, byte] of bytes.entries()) sum[at] = (sum[at] ?? 0) + byte - 127.5;
  }
  return sum;
}
