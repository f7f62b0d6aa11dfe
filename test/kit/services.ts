import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minioProcess } from './minio-process.js';
import { redisProcess } from './redis-process.js';
import { freePort } from './server-process.js';

/** So that each house of a test can have one of its own. */
export const REDIS_DATABASES = 100_000;

/** A real Redis and a real MinIO for all test files, which find them in the environment: started before the first file, ended after the last. */
export default async function startServices(): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-services-'));
  const redisPort = await freePort();
  const redis = redisProcess({ port: redisPort, dir, databases: REDIS_DATABASES });
  const address = `127.0.0.1:${await freePort()}`;
  const [accessKey, secretKey] = [randomBytes(8).toString('hex'), randomBytes(16).toString('hex')];
  const minio = minioProcess({ address, dir: join(dir, 'objects'), accessKey, secretKey });
  await Promise.all([redis.start(), minio.start()]);
  Object.assign(process.env, {
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    S3_ENDPOINT: `http://${address}`,
    S3_ACCESS_KEY: accessKey,
    S3_SECRET_KEY: secretKey,
  });
  return async () => {
    await Promise.all([redis.kill(), minio.kill()]);
    await rm(dir, { recursive: true });
  };
}
