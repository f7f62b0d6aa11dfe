import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STOPPED_WITHIN_MS = 100;

type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** @default that of the tests */
  readonly cwd?: string;
  /** Resolves once the server answers, and rejects while it does not. */
  readonly isReady: () => Promise<void>;
};

/** A server of somebody else, started by a test and ended with it. */
export class ServerProcess {
  #child: ChildProcess | undefined;
  #said = '';

  constructor(private readonly command: Command) {
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  /** All that it wrote since it was first started. */
  get said(): string {
    return this.#said;
  }

  /** @throws if it was not started. */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('It was not started.');
    return pid;
  }

  /** Resolves once it answers. @throws if it does not within 20 s; nothing of it is left running then. */
  async start(): Promise<void> {
    const { program, args, env, cwd, isReady } = this.command;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      cwd,
    });
    this.#child = child;
    const begin = this.#said.length;
    for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (this.#said += String(text)));
    child.on('error', (error) => (this.#said += error.message));
    const giveUpAt = performance.now() + 20_000;
    for (;;) {
      const cause = await isReady().then(() => null, String);
      if (cause === null) return;
      const isLost = child.pid === undefined || child.exitCode !== null || performance.now() > giveUpAt;
      if (isLost) {
        await this.kill();
        throw new Error(`${program} did not start: ${cause} ${this.#said.slice(begin)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Asks it to end. Returns its exit code once it has; null if a signal ended it. */
  async end(): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
    return child.exitCode;
  }

  /** Resolves with its exit code once it has ended by itself; null if a signal ended it. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  /** It keeps its connections and answers nothing, until it is thawed. The threads of a process do not stop at once. */
  async freeze(): Promise<void> {
    this.#child?.kill('SIGSTOP');
    await sleep(STOPPED_WITHIN_MS);
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The path of a program, or null if it is in none of the folders, nor on PATH. */
export function findProgram(name: string, moreFolders: readonly string[] = []): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...moreFolders];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
