import mongoose from 'mongoose';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Sample, sample, type Subject } from './subject.js';

const CONNECTIONS = 32;

export type EngineSubject = Subject & {
  /** From the start of the process until it listens. */
  listeningMs: number;
  privateMegabytes(): number;
};

/** The engine, built as it is shipped, in a process of its own, asked by the MongoDB driver over a socket. */
export async function engineSubject(dir: string): Promise<EngineSubject> {
  const started = performance.now();
  const server = serve(dir);
  const uri = await firstLine(server);
  const listeningMs = performance.now() - started;
  const connection = await mongoose.createConnection(uri, { maxPoolSize: CONNECTIONS }).asPromise();
  const documents = connection.collection<Sample>('documents');
  await documents.createIndex({ key: 1 }, { unique: true });
  await documents.createIndex({ owner: 1, at: -1 });
  await documents.createIndex({ state: 1 });
  return {
    async insertMany(from, count) {
      await documents.insertMany(Array.from({ length: count }, (_, i) => sample(from + i)));
    },
    async findById(i) {
      present(await documents.findOne({ _id: sample(i)._id }));
    },
    async findByKey(i) {
      present(await documents.findOne({ key: `key-${i}` }));
    },
    async newestOf(owner) {
      await documents.find({ owner }).sort({ at: -1 }).limit(20).toArray();
    },
    async update(i) {
      await documents.updateOne({ _id: sample(i)._id }, { $set: { state: `changed-${i % 7}` } });
    },
    async scan() {
      await documents.find({ text: 'not there' }).toArray();
    },
    async close() {
      await connection.close();
      server.kill('SIGTERM');
      await once(server, 'exit');
    },
    listeningMs,
    privateMegabytes: () => privateMegabytes(server.pid),
  };
}

function serve(dir: string): ChildProcess {
  const script = fileURLToPath(new URL('../../dist/infra/engine/serve.js', import.meta.url));
  return spawn(process.execPath, [script, '--dir', dir, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the engine has no output');
  const [line] = (await once(createInterface(stdout), 'line')) as [string];
  return line;
}

function present(document: unknown): void {
  if (document === null) throw new Error('a document that was inserted is not found');
}

/** Memory that is the process's own, without the mapped file; NaN where the system does not tell. */
function privateMegabytes(pid: number | undefined): number {
  if (process.platform !== 'linux') return Number.NaN;
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
