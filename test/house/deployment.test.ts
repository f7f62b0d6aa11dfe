import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

type Service = {
  readonly image?: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
};

/** The words that call Compose on this machine, if it is there. */
const compose = [['docker', 'compose'], ['docker-compose']].find(
  ([program = '', ...words]) => spawnSync(program, [...words, 'version']).status === 0,
);

const read = (file: string) => readFileSync(file, 'utf8');

describe('docker-compose.yml', () => {
  const text = read('docker-compose.yml');
  const { services, volumes } = parse(text) as { services: Record<string, Service>; volumes: Record<string, unknown> };

  it.skipIf(!compose)('is what Compose understands, once the secrets are there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tomato-compose-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const secrets = new Set(Array.from(text.matchAll(/\$\{(\w+):\?/g), ([, name]) => name));
    writeFileSync(join(folder, 'docker-compose.yml'), text);
    writeFileSync(join(folder, '.env'), [...secrets].map((name) => `${name}=x\n`).join(''));
    const [program = '', ...words] = compose ?? [];

    const { status, stderr } = spawnSync(program, [...words, '--profile', 'dev', 'config'], {
      cwd: folder,
      encoding: 'utf8',
    });

    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringMatching(/error/i) });
  });

  it('starts the server with all its services', () => {
    const always = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);

    expect(always.map(([name]) => name)).toEqual(['app', 'mongo', 'redis', 'minio']);
    expect(Object.keys(services['app']?.environment ?? {})).toEqual(
      expect.arrayContaining([
        'TOMATO_SECRET',
        'MONGO_URL',
        'REDIS_URL',
        'S3_ENDPOINT',
        'S3_ACCESS_KEY',
        'S3_SECRET_KEY',
      ]),
    );
  });

  it('shows the database to developers only, and on this machine only', () => {
    expect(services['mongo-express']).toMatchObject({ profiles: ['dev'], ports: ['127.0.0.1:8081:8081'] });
  });

  it('opens no other port than the server to the network', () => {
    const open = Object.entries(services).filter(([, { ports }]) =>
      ports?.some((port) => !port.startsWith('127.0.0.1:')),
    );

    expect(open.map(([name]) => name)).toEqual(['app']);
  });

  it('says of each image which version it is', () => {
    const images = Object.values(services).flatMap(({ image }) => image ?? []);

    expect(images.length).toBeGreaterThan(2);
    expect(images.filter((image) => !/:(?!latest$)[\w.-]+$/.test(image))).toEqual([]);
  });

  it('gives nobody the socket of Docker', () => {
    expect(text).not.toContain('docker.sock');
  });

  it('knows each volume that it mounts, and no secret', () => {
    const mounted = Object.values(services).flatMap((service) => service.volumes ?? []);

    expect(mounted.map((volume) => volume.split(':')[0])).toEqual(Object.keys(volumes));
    expect(text.match(/(?:SECRET|PASSWORD)\w*: (?!\$\{)\S+/g)).toBeNull();
  });
});

describe('deploy/kubernetes.yaml', () => {
  const documents = parseAllDocuments(read('deploy/kubernetes.yaml'));
  const deployment = documents[0]?.toJS() as {
    kind: string;
    spec: { template: { spec: { containers: object[]; terminationGracePeriodSeconds: number } } };
  };

  it('is well-formed', () => {
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    expect(documents.map((document) => (document.toJS() as { kind: string }).kind)).toEqual([
      'Deployment',
      'Service',
      'PodDisruptionBudget',
    ]);
  });

  it('sends browsers to an object store that they can reach', () => {
    const { env } = deployment.spec.template.spec.containers[0] as { env: { name: string; value?: string }[] };

    expect(env).toContainEqual({ name: 'S3_PUBLIC_URL', value: expect.stringMatching(/^https:/) as string });
  });

  it('takes requests for a moment after it was asked to stop, and then has the time that it needs', () => {
    const { containers, terminationGracePeriodSeconds } = deployment.spec.template.spec;
    const [container] = containers as { lifecycle: { preStop: { exec: { command: string[] } } } }[];
    const [program, seconds] = container?.lifecycle.preStop.exec.command ?? [];

    expect(program).toBe('sleep');
    expect(Number(seconds) + 18).toBeLessThan(terminationGracePeriodSeconds);
  });

  it('asks the server whether it lives and whether it is ready', () => {
    expect(deployment.spec.template.spec.containers).toMatchObject([
      {
        livenessProbe: { httpGet: { path: '/livez', port: 'http' } },
        readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      },
    ]);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  it('does not run as root, and runs no install script of a dependency', () => {
    expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER node');
    expect(lines.filter((line) => /npm (?:ci|install|prune)/.test(line) && !line.includes('--ignore-scripts'))).toEqual(
      [],
    );
  });

  it('copies nothing that could hold a secret', () => {
    expect(read('.dockerignore').split('\n')).toContain('*');
    expect(read('.dockerignore')).not.toContain('!.env');
  });
});
