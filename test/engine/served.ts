import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVE = fileURLToPath(new URL('../../src/infra/engine/serve.ts', import.meta.url));

/** The engine as a process of its own, for those tests that end it or take its disk away. */
export type Served = { server: ChildProcess; uri: string };

export type ServeOptions = {
  /** A command of the shell that limits what the process may use. */
  limit?: string;
  /** A program that runs the engine, and its arguments. */
  under?: readonly string[];
};

export async function serve(dir: string, { limit = 'true', under = [] }: ServeOptions = {}): Promise<Served> {
  const command = [...under, process.execPath, ...process.execArgv, SERVE, '--dir', dir, '--port', '0'];
  const server = spawn('sh', ['-c', `${limit}; exec "$@"`, 'sh', ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [uri] = (await Promise.race([
    once(createInterface(server.stdout), 'line'),
    once(server, 'exit').then(() => Promise.reject(new Error('the engine did not start'))),
  ])) as [string];
  return { server, uri };
}

export async function kill({ server }: Served, signal: NodeJS.Signals): Promise<void> {
  const gone = once(server, 'exit');
  server.kill(signal);
  await gone;
}
