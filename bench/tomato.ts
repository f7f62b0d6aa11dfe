import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import type { Seat } from './reader.js';
import type { Contender, ProbeDesk } from './contender.js';

/** Conversations that are made side by side. */
const MAKING = 20;

/**
 * Starts the server under test as production does, from `dist`, with everything embedded.
 *
 * @param profileDir Where it leaves a CPU profile when it ends.
 */
export async function startTomato(upstreamUrl: string, profileDir: string | undefined): Promise<Contender> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tomato-bench-'));
  const probing = ['--import', new URL('probe.js', import.meta.url).href];
  const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const child = new Child<ProbeDesk>(fileURLToPath(new URL('../dist/main.js', import.meta.url)), {
    execArgv: [...probing, ...profiling, '--enable-source-maps'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      NODE_ENV: 'production',
      TOMATO_SECRET: randomBytes(48).toString('base64'),
      LOG_LEVEL: 'warn',
      DATA_DIR: dataDir,
      PORT: '0',
      RUNS_PER_USER: '10000',
      VLLM_BASE_URL: upstreamUrl,
      VLLM_MODEL: 'bench',
    },
  });
  const { url, ownerCode } = await readGreeting(child.process.stdout!);
  const token = await register(url, ownerCode);
  return {
    process: child,
    async target(streams) {
      return {
        kind: 'tomato',
        url: `${url.replace('http', 'ws')}/graphql`,
        seats: await makeSeats(url, token, streams),
      };
    },
    async stop() {
      await child.stop(profileDir === undefined ? 'SIGKILL' : 'SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Where the server is, and what its first user must name; anything else that it prints is passed on. */
async function readGreeting(output: Readable): Promise<{ url: string; ownerCode: string }> {
  const lines = createInterface({ input: output });
  return new Promise((resolve, reject) => {
    let url = '';
    let isReady = false;
    lines.on('line', (line) => {
      url ||= /^Tomato is ready at (\S+)/.exec(line)?.[1] ?? '';
      const ownerCode = /ownerCode: "(\w+)"/.exec(line)?.[1];
      if (isReady || url === '') console.error(line);
      if (ownerCode === undefined) return;
      isReady = true;
      resolve({ url, ownerCode });
    });
    lines.once('close', () => reject(new Error('Tomato ended before it was ready.')));
  });
}

async function register(url: string, ownerCode: string): Promise<string> {
  const { register } = await request<{ register: { token: string } }>(
    url,
    'mutation ($input: RegisterInput!) { register(input: $input) { token } }',
    { input: { userName: 'bench', password: randomBytes(12).toString('hex'), ownerCode } },
  );
  return register.token;
}

/** A conversation for each stream. */
async function makeSeats(url: string, token: string, streams: number): Promise<Seat[]> {
  const seats: Seat[] = [];
  while (seats.length < streams) {
    const missing = Math.min(MAKING, streams - seats.length);
    seats.push(...(await Promise.all(Array.from({ length: missing }, () => makeSeat(url, token)))));
  }
  return seats;
}

async function makeSeat(url: string, token: string): Promise<Seat> {
  const { createConversation } = await request<{ createConversation: { id: string } }>(
    url,
    'mutation { createConversation(input: {}) { id } }',
    {},
    token,
  );
  return { token, conversationId: createConversation.id };
}

async function request<Data>(url: string, query: string, variables: object, token?: string): Promise<Data> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data | null; errors?: unknown };
  if (!data || errors) throw new Error(`Tomato refused: ${JSON.stringify(errors)}`);
  return data;
}
