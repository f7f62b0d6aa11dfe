import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askOverHttp, logIn, register, type Answer, type Person } from './house.js';
import { ourProgram } from './our-program.js';
import { freePort, ServerProcess } from './server-process.js';

type Manner = {
  /** Files and connections that it may have open at once. */
  readonly openFiles?: number;
  /** MiB of JavaScript objects that its main thread may hold. */
  readonly heapMib?: number;
  /** A copy of the project, in which it is started as `npm run dev` does. Then it is to be ended, not killed: a watcher that is killed leaves the server behind. */
  readonly devFolder?: string;
};

/** The whole server in a process of its own, which can be killed, frozen, asked to end, and started again on the same port and data. */
export class ChildServer {
  readonly url: string;
  readonly process: ServerProcess;
  readonly #dir: string;

  private constructor(dir: string, port: number, env: Record<string, string>, manner: Manner) {
    this.#dir = dir;
    this.url = `http://127.0.0.1:${port}`;
    const [program = '', ...args] = commandOf(manner);
    this.process = new ServerProcess({
      program,
      args,
      ...(manner.devFolder !== undefined && { cwd: manner.devFolder }),
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

  static async start(env: Record<string, string>, manner: Manner = {}): Promise<ChildServer> {
    const server = new ChildServer(await mkdtemp(join(tmpdir(), 'tomato-child-')), await freePort(), env, manner);
    await server.process.start();
    return server;
  }

  /** Kills it and starts it again. */
  async crash(): Promise<void> {
    await this.process.kill();
    await this.process.start();
  }

  ask(query: string, variables?: Record<string, unknown>, token?: string): Promise<Answer> {
    return askOverHttp(this.url, query, variables, token);
  }

  /** Makes an account. */
  join(userName?: string): Promise<Person> {
    return register(this, userName);
  }

  logIn(userName: string): Promise<Person> {
    return logIn(this, userName);
  }

  async close(): Promise<void> {
    await this.process.kill();
    await rm(this.#dir, { recursive: true });
  }

  async #checkReady(): Promise<void> {
    const { status } = await fetch(`${this.url}/readyz`);
    if (status !== 200) throw new Error(`Not ready: ${status}`);
  }
}

function commandOf({ openFiles, heapMib, devFolder }: Manner): readonly string[] {
  if (devFolder !== undefined) return devCommand();
  const limits = heapMib === undefined ? [] : [`--max-old-space-size=${heapMib}`];
  const command = [process.execPath, ...limits, ...ourProgram('main')];
  return openFiles === undefined ? command : ['sh', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`, ...command];
}

function devCommand(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { dev: string } };
  const [, ...args] = scripts.dev.split(' ');
  return [process.execPath, ...args];
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
    const args = [...ourProgram('infra/engine/serve'), '--dir', dir, '--port', `${port}`];
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
