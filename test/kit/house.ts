import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from 'graphql-ws';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { createSchema } from '../../src/api/schema.js';
import { createServer } from '../../src/api/server.js';
import { silentLog, type Log } from '../../src/base/log.js';
import { compose, type Composed } from '../../src/compose.js';
import { readConfig, type Config } from '../../src/config.js';
import type { Needs } from '../../src/domain/needs.js';
import { CHAT_STREAM, type StreamedEvent } from './chat-stream.js';
import { startFakeLlm, type FakeLlm } from './fake-llm.js';
import { REDIS_DATABASES } from './services.js';

export const PASSWORD = 'correct horse battery staple';

export type Answer = { readonly data?: Record<string, unknown> | null; readonly errors?: readonly ApiError[] };
export type ApiError = {
  readonly message: string;
  readonly extensions: { readonly code: string; readonly [more: string]: unknown };
};

/** Of each error: its code, and the field of the input that it is about. */
export const codesOf = ({ errors = [] }: Answer) => errors.map(({ extensions: { code, field } }) => [code, field]);

/** A server, wherever it runs. */
type AskedServer = Pick<RunningHouse, 'url' | 'ask'>;

/** One signed-in user, as a front end would act for them. */
export class Person {
  readonly #sockets: Client[] = [];

  constructor(
    readonly house: AskedServer,
    readonly id: string,
    readonly token: string,
  ) {}

  ask(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    return this.house.ask(query, variables, this.token);
  }

  /** The data; fails the test on any error. */
  async get<Data = Record<string, never>>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const { data, errors } = await this.ask(query, variables);
    expect(errors).toBeUndefined();
    return data as Data;
  }

  async createConversation(input: Record<string, unknown> = {}): Promise<string> {
    const query = 'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { id } }';
    return (await this.get<{ createConversation: { id: string } }>(query, { input })).createConversation.id;
  }

  /** A socket of its own, so that tests can drop it. */
  connect(): Client {
    const socket = createClient({
      url: this.house.url.replace('http', 'ws') + '/graphql',
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${this.token}` },
      retryAttempts: 0,
    });
    this.#sockets.push(socket);
    return socket;
  }

  /** Events of `chatStream` over WebSocket, until the run ends. Throws the errors that come instead. */
  async *chat(variables: {
    message?: Record<string, unknown>;
    runId?: string;
    after?: number;
  }): AsyncGenerator<StreamedEvent> {
    const socket = this.connect();
    try {
      for await (const { data, errors } of socket.iterate<{ chatStream: StreamedEvent }>({
        query: CHAT_STREAM,
        variables,
      })) {
        if (errors) throw errors;
        if (data) yield data.chatStream;
      }
    } finally {
      await socket.dispose();
    }
  }

  /** The same over SSE. */
  async *chatBySse(variables: Record<string, unknown>, signal?: AbortSignal): AsyncGenerator<StreamedEvent> {
    const response = await fetch(`${this.house.url}/graphql/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${this.token}`,
      },
      body: JSON.stringify({ query: CHAT_STREAM, variables }),
      ...(signal && { signal }),
    });
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const data = /^data: ?(.+)$/m.exec(block)?.[1];
        if (!/^event: next$/m.test(block) || data === undefined) continue;
        const { data: found, errors } = JSON.parse(data) as { data?: { chatStream: StreamedEvent }; errors?: unknown };
        if (errors) throw errors;
        if (found) yield found.chatStream;
      }
    }
  }

  /** Sends a text and gives all events until the run ends. */
  async turn(conversationId: string, text: string, more: Record<string, unknown> = {}): Promise<StreamedEvent[]> {
    const message = { conversationId, text, clientMessageId: crypto.randomUUID(), ...more };
    return collect(this.chat({ message }));
  }

  async leave(): Promise<void> {
    for (const socket of this.#sockets) await socket.dispose();
  }
}

export async function askOverHttp(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  token?: string,
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

/** Makes an account with {@link PASSWORD}. */
export const register = (server: AskedServer, userName = `user-${crypto.randomUUID().slice(0, 8)}`): Promise<Person> =>
  enter(server, 'mutation ($input: RegisterInput!) { in: register(input: $input) { token user { id } } }', userName);

/** Lets in somebody who has an account with {@link PASSWORD}. */
export const logIn = (server: AskedServer, userName: string): Promise<Person> =>
  enter(server, 'mutation ($input: LoginInput!) { in: login(input: $input) { token user { id } } }', userName);

async function enter(server: AskedServer, mutation: string, userName: string): Promise<Person> {
  const { data, errors } = await server.ask(mutation, { input: { userName, password: PASSWORD } });
  if (errors) throw new Error(JSON.stringify(errors));
  const { token, user } = (data as { in: { token: string; user: { id: string } } }).in;
  return new Person(server, user.id, token);
}

export type RunningHouse = {
  readonly url: string;
  readonly needs: Needs;
  readonly composed: Composed;
  readonly llm: FakeLlm;
  ask(query: string, variables?: Record<string, unknown>, token?: string): Promise<Answer>;
  /** Makes an account. The first is OWNER, the others DEVELOPER. */
  join(userName?: string): Promise<Person>;
  /** Lets in somebody who has an account. */
  logIn(userName: string): Promise<Person>;
  close(): Promise<void>;
};

type Options = {
  readonly env?: Record<string, string>;
  readonly overrides?: Partial<Needs>;
  readonly log?: Log;
};

/** The whole server on embedded parts, in this process, on a free port; its default model is a scripted service that speaks the OpenAI API. */
export async function openHouse({ env = {}, overrides = {}, log = silentLog }: Options = {}): Promise<RunningHouse> {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-house-'));
  const llm = await startFakeLlm();
  const config: Config = readConfig({
    DATA_DIR: dir,
    PORT: '0',
    VLLM_BASE_URL: llm.baseUrl,
    VLLM_MODEL: 'fake-1',
    ...servicesFromEnvironment(),
    ...env,
  });
  const composed = await compose(config, log, { overrides });
  await composed.start();
  const { house, objects } = composed;
  const isProduction = config.mode === 'production';
  const { corsOrigins, trustedProxies } = config.server;
  const server = await createServer({
    house,
    schema: await createSchema(),
    isProduction,
    corsOrigins,
    trustedProxies,
    objects,
  });
  const { port } = await server.listen('127.0.0.1', 0);
  const people: Person[] = [];

  async function remember(arrival: Promise<Person>): Promise<Person> {
    const person = await arrival;
    people.push(person);
    return person;
  }

  const running: RunningHouse = {
    url: `http://127.0.0.1:${port}`,
    needs: house.needs,
    composed,
    llm,
    ask: (query, variables, token) => askOverHttp(running.url, query, variables, token),
    join: (userName) => remember(register(running, userName)),
    logIn: (userName) => remember(logIn(running, userName)),
    async close() {
      for (const person of people) await person.leave();
      await Promise.all([house.driver.drain(0), server.close(0)]);
      await composed.close();
      await llm.close();
      await rm(dir, { recursive: true });
    },
  };
  return running;
}

export async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

/** Real services that stand in for the embedded parts, where the environment names them; in MongoDB and Redis a database of the house's own. */
function servicesFromEnvironment(): Record<string, string> {
  const { MONGO_URL, REDIS_URL, S3_ENDPOINT, S3_ACCESS_KEY = '', S3_SECRET_KEY = '' } = process.env;
  return {
    ...(MONGO_URL && { MONGO_URL: withDatabase(MONGO_URL, `test_${crypto.randomUUID().slice(0, 8)}`) }),
    ...(REDIS_URL && { REDIS_URL: withDatabase(REDIS_URL, String(randomInt(REDIS_DATABASES))) }),
    ...(S3_ENDPOINT && { S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY }),
  };
}

const withDatabase = (url: string, name: string): string => url.replace(/^(\w+:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`);
