import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort, ServerProcess } from './server-process.js';

/** So that each house of a test can have one of its own. */
export const REDIS_DATABASES = 100_000;

/** A real Redis and a real MinIO for all test files, which find them in the environment: started before the first file, ended after the last. */
export default async function startServices(): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-services-'));
  const servers = [await startRedis(dir), await startMinio(dir)];
  return async () => {
    for (const server of servers) await server.kill();
    await rm(dir, { recursive: true });
  };
}

async function startRedis(dir: string): Promise<ServerProcess> {
  const port = await freePort();
  const args = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--databases',
    `${REDIS_DATABASES}`,
  ];
  const redis = new ServerProcess({ program: programOf('redis-server'), args, isReady: () => listens(port) });
  await redis.start();
  process.env['REDIS_URL'] = `redis://127.0.0.1:${port}`;
  return redis;
}

async function startMinio(dir: string): Promise<ServerProcess> {
  const port = await freePort();
  const keys = { S3_ACCESS_KEY: 'tests', S3_SECRET_KEY: 'tests-of-tomato' };
  const minio = new ServerProcess({
    program: programOf('minio', [join(homedir(), 'go', 'bin')]),
    args: ['server', join(dir, 'minio'), '--address', `127.0.0.1:${port}`],
    env: { MINIO_ROOT_USER: keys.S3_ACCESS_KEY, MINIO_ROOT_PASSWORD: keys.S3_SECRET_KEY },
    isReady: () => listens(port),
  });
  await minio.start();
  Object.assign(process.env, { S3_ENDPOINT: `http://127.0.0.1:${port}`, ...keys });
  return minio;
}

function programOf(name: string, moreFolders: readonly string[] = []): string {
  const path = findProgram(name, moreFolders);
  if (path === null) throw new Error(`${name} is needed for these tests: see the README.`);
  return path;
}

async function listens(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
}
