import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConfigError, processEnv, readConfig, type Config } from '../../src/config.js';
import type { Env } from '../../src/startup/environment.js';
import { keptSecret } from '../../src/infra/data-folder/kept-secret.js';

const STRONG = 'q9Z2mX7LtB4vN8sK1dH6wC3pF5yR0aJe';
const production: Env = { NODE_ENV: 'production', TOMATO_SECRET: STRONG };

function problemsOf(env: Env): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tomato-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('an empty environment', () => {
  it('is a development server on this machine with everything embedded', () => {
    const { mode, server, mongoUrl, redisUrl, objects, secret } = readConfig({});

    expect({ mode, server, mongoUrl, redisUrl, objects, secret }).toEqual({
      mode: 'development',
      server: {
        host: '127.0.0.1',
        port: 4000,
        publicUrl: null,
        corsOrigins: [],
        trustedProxies: [],
        shutdownGraceMs: 10_000,
      },
      mongoUrl: null,
      redisUrl: null,
      objects: null,
      secret: null,
    });
  });

  it('has the limits of the manual', () => {
    expect(readConfig({}).settings).toEqual({
      accounts: {
        registration: 'open',
        defaultRole: 'DEVELOPER',
        ownerCode: null,
        sessionIdleMs: 3_600_000,
        sessionAbsoluteMs: 2_592_000_000,
      },
      runs: { maxSteps: 8, maxDurationMs: 300_000, maxActivePerUser: 20 },
      tools: { allowedHosts: [] },
      models: { firstByteTimeoutMs: 120_000, idleTimeoutMs: 60_000 },
      archive: {
        maxEntriesPerUser: 100_000,
        maxBytesPerUser: 1_073_741_824,
        maxIndexBytes: 268_435_456,
        vectorTimeoutMs: 800,
      },
      uploads: { maxBytes: 104_857_600, maxBytesPerUser: 536_870_912 },
      jobs: { maxActivePerUser: 10 },
    });
  });

  it('is what empty variables mean too', () => {
    expect(readConfig({ PORT: '', MONGO_URL: ' ', TOMATO_SECRET: '', S3_ENDPOINT: '' })).toEqual(readConfig({}));
  });
});

it('takes an IPv6 address with the brackets that it has in a URL', () => {
  expect(readConfig({ HOST: '[::1]' }).server.host).toBe('::1');
});

it('lets pages call that are served where clients reach the server', () => {
  const { corsOrigins } = readConfig({
    PUBLIC_URL: 'https://chat.example.com:443/',
    CORS_ORIGINS: 'https://other.example',
  }).server;

  expect(corsOrigins).toEqual(['https://other.example', 'https://chat.example.com']);
});

it('lets pages call whose origin is no address of the web, as those of apps and of extensions', () => {
  const { corsOrigins } = readConfig({
    CORS_ORIGINS: 'capacitor://localhost, chrome-extension://abcdefghijklmnop',
  }).server;

  expect(corsOrigins).toEqual(['capacitor://localhost', 'chrome-extension://abcdefghijklmnop']);
});

it.each([
  'null',
  'file://',
  'app://host/path',
  'https://chat.example.com/',
  'https://chat.example.com:443',
  'HTTPS://x.example',
])('takes %s for no origin', (CORS_ORIGINS) => {
  expect(problemsOf({ CORS_ORIGINS })).toEqual([expect.stringContaining('CORS_ORIGINS')]);
});

describe('what is wrong', () => {
  it('is told all at once, each by the name of its setting', () => {
    const problems = problemsOf({
      NODE_ENV: 'staging',
      PORT: '99999',
      RUN_MAX_STEPS: '2.5',
      CORS_ORIGINS: 'https://good.example, bad',
      TRUSTED_PROXIES: '10.0.0.0/40',
      MONGO_URL: 'postgres://localhost',
      S3_ENDPOINT: 'http://localhost:9000',
      HTTP_TOOL_ALLOWED_HOSTS: 'http://a.test/',
    });

    expect(problems.map((problem) => problem.split(' ', 1).join()).toSorted()).toEqual([
      'CORS_ORIGINS',
      'HTTP_TOOL_ALLOWED_HOSTS',
      'MONGO_URL',
      'NODE_ENV',
      'PORT',
      'RUN_MAX_STEPS',
      'S3_ACCESS_KEY',
      'S3_SECRET_KEY',
      'TRUSTED_PROXIES',
    ]);
  });

  it.each([
    'http://ada:pw@chat.example',
    'https://chat.example?x=1',
    'https://chat.example/#top',
    'https://chat.example/#',
    'https://chat.example?',
  ])('may be an address with more in it than a place: %s', (address) => {
    const addresses = { PUBLIC_URL: address, S3_ENDPOINT: address, S3_PUBLIC_URL: address };
    const words = 'must have no user name, password, query or fragment.';

    expect(problemsOf({ ...addresses, S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 's' })).toEqual(
      Object.keys(addresses).map((name) => `${name} ${words}`),
    );
  });

  it.each(['chat.example', 'ftp://chat.example', 'http:/chat.example', 'https://'])('may be no address: %s', (text) => {
    expect(problemsOf({ PUBLIC_URL: text })).toEqual([
      'PUBLIC_URL must be an address that starts with http:// or https://.',
    ]);
  });

  it.each(['ab', 'Tomato', 'to mato', '-tomato', 'to..mato', '10.0.0.5', 'a'.repeat(64)])(
    'may be no name of a bucket: %s',
    (S3_BUCKET) => {
      expect(problemsOf({ S3_BUCKET })).toEqual([
        'S3_BUCKET must be 3 to 63 lower-case letters, digits, hyphens and single dots, and no address.',
      ]);
    },
  );

  it('is told without what is secret', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      TOMATO_SECRET: 'hunter2',
      MONGO_URL: 'hunter2',
      REDIS_URL: 'hunter2',
    });

    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toContain('hunter2');
  });
});

it('takes addresses of proxies, and ranges of them', () => {
  const { server } = readConfig({ TRUSTED_PROXIES: '192.0.2.1, 10.0.0.0/8, ::1, 2001:db8::/32' });

  expect(server.trustedProxies).toEqual(['192.0.2.1', '10.0.0.0/8', '::1', '2001:db8::/32']);
});

it.each(['10.0.0.0/', '10.0.0.0/0x8', '10.0.0.0/8/8', '10.0.0.0/33', '2001:db8::/129', 'proxy', '/8'])(
  'trusts no proxies by %s, which is no range: whoever it let in could name any address as theirs',
  (TRUSTED_PROXIES) => {
    expect(problemsOf({ TRUSTED_PROXIES })).toEqual([expect.stringContaining('TRUSTED_PROXIES') as string]);
  },
);

it.each(['redis://:pa#hunter2/w?rd@redis', 'redis://:hunter2@redis/99x', 'redis://:hunter2@redis/abc'])(
  'refuses an address of Redis that cannot be one: %s',
  (REDIS_URL) => {
    const problems = problemsOf({ REDIS_URL });

    expect(problems).toEqual([expect.stringMatching(/^REDIS_URL /)]);
    expect(problems.join()).not.toContain('hunter2');
  },
);

describe('what counts for nothing', () => {
  it('is named where the address or the key that it belongs to is not set, and keeps nothing from starting', async () => {
    const file = join(await temporaryFolder(), 'key');
    await writeFile(file, 'k');

    const { unused } = readConfig({
      S3_ACCESS_KEY: 'a',
      S3_SECRET_KEY_FILE: file,
      S3_PUBLIC_URL: 'https://objects.example.com',
      OPENAI_BASE_URL: 'http://localhost:8000/v1',
      OPENAI_MODEL: 'gpt-oss',
      VLLM_API_KEY: 'k',
      EMBEDDING_API_KEY: 'k',
      OPENAI_COMPATIBLE_API_KEY: 'k',
    });

    expect(unused).toEqual([
      'S3_ACCESS_KEY counts for nothing without S3_ENDPOINT.',
      'S3_SECRET_KEY counts for nothing without S3_ENDPOINT.',
      'S3_PUBLIC_URL counts for nothing without S3_ENDPOINT.',
      'OPENAI_BASE_URL counts for nothing without OPENAI_API_KEY.',
      'OPENAI_MODEL counts for nothing without OPENAI_API_KEY.',
      'VLLM_API_KEY counts for nothing without VLLM_BASE_URL.',
      'OPENAI_COMPATIBLE_API_KEY counts for nothing without OPENAI_COMPATIBLE_BASE_URL.',
      'EMBEDDING_API_KEY counts for nothing without EMBEDDING_BASE_URL.',
    ]);
  });

  it('is not what belongs to something that is set', () => {
    const s3 = { S3_ENDPOINT: 'http://minio:9000', S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 'b', S3_PUBLIC_URL: 'http://m' };
    const models = { OPENAI_API_KEY: 'k', OPENAI_MODEL: 'gpt-5', VLLM_BASE_URL: 'http://v/v1', VLLM_MODEL: 'm' };

    expect(readConfig({ ...s3, ...models, VLLM_API_KEY: 'k' }).unused).toEqual([]);
  });
});

describe('production', () => {
  it('starts with a strong secret', () => {
    expect(problemsOf(production)).toEqual([]);
  });

  it.each([
    ['none', undefined],
    ['a short one', 'q9Z2mX7LtB4vN8sK'],
    ['one of few characters', 'abcabcabcabcabcabcabcabcabcabcabcabc'],
    ['an example', 'change-me-change-me-0123456789-abcdefgh'],
  ])('refuses %s', (_what, secret) => {
    expect(problemsOf({ NODE_ENV: 'production', TOMATO_SECRET: secret })).toEqual([
      expect.stringMatching(/^TOMATO_SECRET /),
    ]);
  });

  it('refuses passwords of services that stand in manuals', () => {
    const problems = problemsOf({
      ...production,
      MONGO_URL: 'mongodb://root:example@mongo:27017',
      REDIS_URL: 'redis://:password@redis:6379',
      S3_ENDPOINT: 'http://minio:9000',
      S3_ACCESS_KEY: 'minioadmin',
      S3_SECRET_KEY: 'minioadmin',
    });

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['S3_SECRET_KEY', 'MONGO_URL', 'REDIS_URL']);
  });

  it('asks the first account for a code that only the secret tells', () => {
    const codeOf = ({ settings }: Config) => settings.accounts.ownerCode?.reveal();

    expect(codeOf(readConfig(production))).toMatch(/^[0-9a-f]{20}$/);
    expect(codeOf(readConfig(production))).toBe(codeOf(readConfig(production)));
    expect(codeOf(readConfig(production))).not.toBe(codeOf(readConfig({ ...production, TOMATO_SECRET: `${STRONG}!` })));
  });
});

describe('model services', () => {
  it('are set up by their key, or by their address and model', () => {
    const { presets } = readConfig({
      DEEPSEEK_API_KEY: 'k',
      DEEPSEEK_MODEL: 'deepseek-chat, deepseek-next',
      VLLM_BASE_URL: 'http://localhost:8000/v1/',
      VLLM_MODEL: 'gpt-oss',
    });

    expect(presets.map(({ apiKey, ...rest }) => ({ ...rest, apiKey: apiKey?.reveal() }))).toEqual([
      {
        preset: 'DEEPSEEK',
        apiKey: 'k',
        baseUrl: 'https://api.deepseek.com/v1',
        modelNames: ['deepseek-chat', 'deepseek-next'],
        maxOutputTokens: null,
        temperature: null,
      },
      {
        preset: 'VLLM',
        apiKey: undefined,
        baseUrl: 'http://localhost:8000/v1',
        modelNames: ['gpt-oss'],
        maxOutputTokens: 1_000,
        temperature: 0.7,
      },
    ]);
  });

  it('name what is missing', () => {
    expect(problemsOf({ VLLM_BASE_URL: 'http://localhost:8000/v1' })).toEqual([
      'VLLM_MODEL is needed: VLLM_BASE_URL is set.',
    ]);
    expect(problemsOf({ EMBEDDING_MODEL: 'bge-m3' })).toEqual([
      'EMBEDDING_BASE_URL is needed: EMBEDDING_MODEL is set.',
    ]);
    expect(problemsOf({ VLLM_MAX_TOKENS: 'many', OPENAI_TEMPERATURE: '3' })).toHaveLength(2);
  });

  it.each([
    ['of two lines', 'sk-one\nsk-two'],
    ['with a blank', 'sk-one sk-two'],
    ['of other letters', 'sk-열쇠'],
    ['without end', 'k'.repeat(1_001)],
  ])('refuse a key %s, which no request could carry', (_what, key) => {
    expect(problemsOf({ OPENAI_API_KEY: key })).toEqual(['OPENAI_API_KEY must be 1 to 1000 visible ASCII characters.']);
  });

  it.each(['http://user:password@vllm/v1', 'http://vllm/v1?key=word', 'http://vllm/v1#part'])(
    'refuse the address %s, which holds more than a place',
    (address) => {
      expect(problemsOf({ VLLM_BASE_URL: address, VLLM_MODEL: 'gpt-oss' })).toEqual([
        'VLLM_BASE_URL must have no user name, password, query or fragment.',
      ]);
    },
  );
});

describe('a secret', () => {
  it('can be in a file', async () => {
    const file = join(await temporaryFolder(), 'secret');
    await writeFile(file, `${STRONG}\n`);

    expect(readConfig({ ...production, TOMATO_SECRET: '', TOMATO_SECRET_FILE: file }).secret?.reveal()).toBe(STRONG);
  });

  it('is not looked for in two places, nor in a file that is not there or empty', async () => {
    const empty = join(await temporaryFolder(), 'empty');
    await writeFile(empty, '\n');

    expect(problemsOf({ TOMATO_SECRET: STRONG, TOMATO_SECRET_FILE: empty })[0]).toMatch(
      /TOMATO_SECRET_FILE are both set/,
    );
    expect(problemsOf({ REDIS_URL_FILE: '/nowhere/redis' })).toEqual([expect.stringMatching(/^REDIS_URL_FILE /)]);
    expect(problemsOf({ REDIS_URL_FILE: empty })).toEqual([expect.stringMatching(/^REDIS_URL_FILE /)]);
  });

  it('does not show when the configuration is printed', () => {
    const config = readConfig({ ...production, REDIS_URL: 'redis://:hunter2hunter2@redis:6379' });

    expect(JSON.stringify(config)).not.toMatch(/hunter2|q9Z2mX7L/);
  });
});

describe('the secret that a data folder keeps', () => {
  it('is made once, whoever asks, and only its owner can read it', async () => {
    const folder = await temporaryFolder();

    const together = await Promise.all(Array.from({ length: 10 }, () => keptSecret(folder)));
    const later = await keptSecret(folder);

    const text = (await readFile(join(folder, 'secret'), 'utf8')).trim();
    expect(new Set([...together, later].map((secret) => secret.reveal()))).toEqual(new Set([text]));
    expect(Buffer.byteLength(text)).toBeGreaterThanOrEqual(32);
    expect((await stat(join(folder, 'secret'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['secret']);
  });

  it.each([0, 31])('is not used where only %i bytes of it are left', async (bytes) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'secret'), `${'s'.repeat(bytes)}\n`);

    await expect(keptSecret(folder)).rejects.toThrow(`${folder}/secret must hold at least 32 bytes`);

    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe(`${'s'.repeat(bytes)}\n`);
  });
});

describe('the file `.env`', () => {
  const before = process.cwd();
  beforeEach(async () => process.chdir(await temporaryFolder()));
  afterEach(() => {
    process.chdir(before);
    vi.unstubAllEnvs();
  });

  it('gives what the environment does not', async () => {
    await writeFile('.env', 'TOMATO_OF_FILE=file\nTOMATO_OF_BOTH=file\n');
    vi.stubEnv('TOMATO_OF_BOTH', 'environment');

    expect(processEnv()).toMatchObject({ TOMATO_OF_FILE: 'file', TOMATO_OF_BOTH: 'environment' });
  });

  it('need not be there', () => {
    expect(processEnv()).toEqual(process.env);
  });

  it('is named where it cannot be read, as a folder that Docker made in its place', async () => {
    await mkdir('.env');

    expect(() => processEnv()).toThrow(/The configuration cannot be used:\n {2}- \.env is no file that can be read/);
  });
});
