import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram, ServerProcess } from './server-process.js';

/** Where `go install` puts it. */
const GO_BIN = join(process.env['GOPATH'] ?? join(homedir(), 'go'), 'bin');

/** Null where it is not installed. */
export const MINIO = findProgram('minio', [GO_BIN]);

/** A MinIO, not yet started. @param address `host:port` */
export function minioProcess({
  address,
  dir,
  accessKey,
  secretKey,
}: {
  address: string;
  dir: string;
  accessKey: string;
  secretKey: string;
}): ServerProcess {
  return new ServerProcess({
    program: MINIO ?? 'minio',
    args: ['server', dir, '--address', address, '--quiet'],
    env: { MINIO_ROOT_USER: accessKey, MINIO_ROOT_PASSWORD: secretKey, MINIO_BROWSER: 'off' },
    isReady: () => ready(`http://${address}`),
  });
}

/** It refuses strangers once it is ready, and everybody until then. */
async function ready(endpoint: string): Promise<void> {
  const { status } = await fetch(endpoint);
  if (status !== 403) throw new Error(`MinIO answers ${status}.`);
}
