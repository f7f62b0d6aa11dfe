import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PASSWORD, Person, type Answer } from './house.js';
import { freePort, ServerProcess } from './server-process.js';

const LOADER = ['--import', '@oxc-node/core/register'];

type Bounds = {
  /** Files and connections that it may have open at once. */
  readonly openFiles?: number;
  /** MiB of JavaScript objects that its main thread may hold. */
  readonly heapMib?: number;
};

/** The whole server in a process of its own, which can be killed, frozen, asked to end, and started again on the same port and data. */
export class ChildServer {
  readonly url: string;
  readonly process: ServerProcess;
  readonly #dir: string;

  private constructor(dir: string, port: number, env: Record<string, string>, { openFiles, heapMib }: Bounds) {
    this.#dir = dir;
    this.url = `http://127.0.0.1:${port}`;
    const node = [process.execPath, ...(heapMib ? [`--max-old-space-size=${heapMib}`] : []), ...LOADER, 'src/main.ts'];
    const [program, ...args] = openFiles ? ['sh', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`, ...node] : node;
    this.process = new ServerProcess({
      program: program ?? '',
      args,
      env: {
        NODE_ENV: 'development',
        LOG_LEVEL: 'silent',
        DATA_DIR: dir,
        PORT: `${port}`,
        ...env,
      },
      isReady: () => this.#checkReady(),
    });
  }

  static async start(env: Record<string, string>, bounds: Bounds = {}): Promise<ChildServer> {
    const server = new ChildServer(await mkdtemp(join(tmpdir(), 'tomato-child-')), await freePort(), env, bounds);
    await server.process.start();
    return server;
  }

  /** Kills it and starts it again. */
  async crash(): Promise<void> {
    await this.process.kill();
    await this.process.start();
  }

  async ask(query: string, variables: Record<string, unknown> = {}, token?: string): Promise<Answer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  /** Makes an account. */
  join(userName = `user-${crypto.randomUUID().slice(0, 8)}`): Promise<Person> {
    return this.#signIn(
      'mutation ($input: RegisterInput!) { in: register(input: $input) { token user { id } } }',
      userName,
    );
  }

  logIn(userName: string): Promise<Person> {
    return this.#signIn('mutation ($input: LoginInput!) { in: login(input: $input) { token user { id } } }', userName);
  }

  async close(): Promise<void> {
    await this.process.kill();
    await rm(this.#dir, { recursive: true });
  }

  async #checkReady(): Promise<void> {
    const { status } = await fetch(`${this.url}/readyz`);
    if (status !== 200) throw new Error(`Not ready: ${status}`);
  }

  async #signIn(query: string, userName: string): Promise<Person> {
    const { data, errors } = await this.ask(query, { input: { userName, password: PASSWORD } });
    if (errors) throw new Error(JSON.stringify(errors));
    const { token, user } = (data as { in: { token: string; user: { id: string } } }).in;
    return new Person(this, user.id, token);
  }
}

/** A document engine in a process of its own, for servers that share it. */
export class ChildEngine {
  readonly process: ServerProcess;
  readonly #dir: string;

  private constructor(
    dir: string,
    readonly port: number,
  ) {
    this.#dir = dir;
    const args = [...LOADER, 'src/infra/engine/serve.ts', '--dir', dir, '--port', `${port}`];
    this.process = new ServerProcess({ program: process.execPath, args, isReady: () => reach(port) });
  }

  static async start(): Promise<ChildEngine> {
    const engine = new ChildEngine(await mkdtemp(join(tmpdir(), 'tomato-engine-')), await freePort());
    await engine.process.start();
    return engine;
  }

  get url(): string {
    return `mongodb://127.0.0.1:${this.port}/tomato?directConnection=true`;
  }

  async close(): Promise<void> {
    await this.process.kill();
    await rm(this.#dir, { recursive: true });
  }
}

function reach(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.end();
      resolve();
    });
    socket.once('error', reject);
  });
}
