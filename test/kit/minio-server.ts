import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { MINIO, minioProcess } from './minio-process.js';
import { freePort, type ServerProcess } from './server-process.js';

/** As `MinioBlobStore.connect` takes it, without the bucket. */
export type S3Account = {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: Secret;
  readonly secretKey: Secret;
  readonly publicUrl: null;
};

type RealS3 = { readonly account: () => S3Account };
type OwnMinio = RealS3 & { readonly server: () => ServerProcess };

/** Cases over a real S3: that of `S3_ENDPOINT`, `S3_ACCESS_KEY` and `S3_SECRET_KEY`, or else a MinIO of their own. */
export function describeOverS3(title: string, cases: (s3: RealS3) => void): void {
  const { S3_ENDPOINT: endpoint, S3_REGION: region, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey } = process.env;
  if (!endpoint || !accessKey || !secretKey) return describeOverOwnMinio(title, cases);
  const account = accountOf({ endpoint, accessKey, secretKey, region });
  describe(`${title} (at S3_ENDPOINT)`, () => {
    cases({ account: () => account });
  });
}

/** Cases over a MinIO that they may kill, freeze and start again. Where it is not installed they are skipped, and say so; in CI they fail. */
export function describeOverOwnMinio(title: string, cases: (minio: OwnMinio) => void): void {
  const isMissing = MINIO === null && !process.env['CI'];
  describe.skipIf(isMissing)(`${title}${isMissing ? ' (skipped: minio is not installed)' : ''}`, () => {
    let dir: string;
    const [accessKey, secretKey] = [randomBytes(8).toString('hex'), randomBytes(16).toString('hex')];
    let server: ServerProcess;
    let endpoint: string;
    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'tomato-minio-'));
      const address = `127.0.0.1:${await freePort()}`;
      endpoint = `http://${address}`;
      server = minioProcess({ address, dir, accessKey, secretKey });
      await server.start();
    });
    afterAll(async () => {
      await server.kill();
      rmSync(dir, { recursive: true });
    });
    cases({ account: () => accountOf({ endpoint, accessKey, secretKey }), server: () => server });
  });
}

function accountOf(plain: {
  endpoint: string;
  accessKey: string;
  secretKey: string;
  region?: string | undefined;
}): S3Account {
  const { endpoint, accessKey, secretKey, region = 'us-east-1' } = plain;
  return { endpoint, region, accessKey: new Secret(accessKey), secretKey: new Secret(secretKey), publicUrl: null };
}
