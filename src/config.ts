import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { LogLevel } from './base/log.js';
import { deriveKey, Secret } from './base/secret.js';
import { isApiKey } from './domain/models/model-input.js';
import { PRESETS, type Preset, type PresetSettings } from './domain/models/presets.js';
import type { Settings } from './domain/settings.js';
import { Environment, type Env } from './startup/environment.js';

export type Mode = 'development' | 'test' | 'production';

/** All that is decided from outside. Seconds and days are milliseconds from here on. */
export type Config = {
  readonly mode: Mode;
  readonly logLevel: LogLevel;
  readonly server: ServerConfig;
  /** Absolute path of the folder of everything that is embedded. */
  readonly dataDir: string;
  /** The master secret; null where development keeps one of its own in the data folder. */
  readonly secret: Secret | null;
  /** Null: the embedded document engine. */
  readonly mongoUrl: Secret | null;
  /** Null: embedded sessions, bells and limits. */
  readonly redisUrl: Secret | null;
  /** Null: objects are files in the data folder. */
  readonly objects: ObjectsConfig | null;
  readonly settings: Settings;
  /** Providers that the environment sets up. */
  readonly presets: readonly PresetSettings[];
  /** One sentence for each setting that counts for nothing as the others are, and no secrets. */
  readonly unused: readonly string[];
};

export type ServerConfig = {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where clients reach the server, without a slash at the end; null: where it listens. */
  readonly publicUrl: string | null;
  /** Origins whose pages may call, that of `publicUrl` among them; development adds every localhost port. */
  readonly corsOrigins: readonly string[];
  /** Addresses and ranges of the proxies whose X-Forwarded-For counts. */
  readonly trustedProxies: readonly string[];
  /** Milliseconds that runs and requests get to end by themselves when the server stops. */
  readonly shutdownGraceMs: number;
};

export type ObjectsConfig = {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: Secret;
  readonly secretKey: Secret;
  /** Where clients reach the store; null: at its endpoint. */
  readonly publicUrl: string | null;
};

/** A configuration that cannot be used. `problems` has one sentence for each thing that is wrong with it, and no secrets. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * The variables of this process, and below them those of the file `.env` in the working directory.
 *
 * @throws {ConfigError} if that is there and cannot be read.
 */
export function processEnv(): Env {
  return { ...envFile(), ...process.env };
}

function envFile(): Env {
  if (!existsSync('.env')) return {};
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch (error) {
    throw new ConfigError([`.env is no file that can be read (${(error as Error).message}).`]);
  }
}

/**
 * Decides everything that the environment decides. `.env.example` lists the settings.
 *
 * @throws {ConfigError} naming all problems at once.
 */
export function readConfig(variables: Env): Config {
  const env = new Environment(variables);
  const mode = env.choice('NODE_ENV', ['development', 'test', 'production'], 'development');
  const secret = env.secret('TOMATO_SECRET');
  if (secret !== null || mode === 'production') env.refuseWeak('TOMATO_SECRET', secret);
  const config: Config = {
    mode,
    logLevel: env.choice('LOG_LEVEL', ['debug', 'info', 'warn', 'error', 'silent'], 'info'),
    server: readServer(env),
    dataDir: resolve(env.text('DATA_DIR') ?? 'data'),
    secret,
    mongoUrl: env.serviceUrl('MONGO_URL', ['mongodb:', 'mongodb+srv:']),
    redisUrl: env.redisUrl('REDIS_URL'),
    objects: readObjects(env, mode),
    settings: readSettings(env, mode === 'production' && secret !== null ? ownerCode(secret) : null),
    presets: PRESETS.flatMap((row) => readPreset(env, row)),
    unused: env.unused,
  };
  if (mode === 'production') {
    env.refuseGuessable('MONGO_URL', config.mongoUrl);
    env.refuseGuessable('REDIS_URL', config.redisUrl);
  }
  if (env.problems.length > 0) throw new ConfigError(env.problems);
  return config;
}

function readServer(env: Environment): ServerConfig {
  const publicUrl = env.url('PUBLIC_URL');
  return {
    // An IPv6 address has brackets in a URL, but not where one listens.
    host: (env.text('HOST') ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1'),
    port: env.integer('PORT', { standard: 4000, min: 0, max: 65_535 }),
    publicUrl,
    // A browser names the origin when it opens a WebSocket, also to where the page came from.
    corsOrigins: [...env.origins('CORS_ORIGINS'), ...(publicUrl === null ? [] : [new URL(publicUrl).origin])],
    trustedProxies: env.subnets('TRUSTED_PROXIES'),
    shutdownGraceMs: 1000 * env.integer('SHUTDOWN_GRACE_SECONDS', { standard: 10, min: 0, max: 15 }),
  };
}

function readObjects(env: Environment, mode: Mode): ObjectsConfig | null {
  const endpoint = env.url('S3_ENDPOINT');
  const accessKey = env.secret('S3_ACCESS_KEY');
  const secretKey = env.secret('S3_SECRET_KEY');
  const region = env.text('S3_REGION') ?? 'us-east-1';
  const bucket = env.bucket('S3_BUCKET') ?? 'tomato';
  const publicUrl = env.url('S3_PUBLIC_URL');
  if (endpoint === null) {
    env.passOver(['S3_ACCESS_KEY', 'S3_SECRET_KEY', 'S3_PUBLIC_URL'], 'S3_ENDPOINT');
    return null;
  }
  env.require(['S3_ACCESS_KEY', 'S3_SECRET_KEY'], 'S3_ENDPOINT is set');
  if (mode === 'production') env.refuseGuessable('S3_SECRET_KEY', secretKey);
  if (accessKey === null || secretKey === null) return null;
  return { endpoint, region, bucket, accessKey, secretKey, publicUrl };
}

function readSettings(env: Environment, code: Secret | null): Settings {
  return {
    accounts: {
      registration: env.choice('REGISTRATION', ['open', 'closed'], 'open'),
      defaultRole: env.choice('REGISTER_DEFAULT_ROLE', ['DEVELOPER', 'GUEST', 'ADMIN'], 'DEVELOPER'),
      ownerCode: code,
      sessionIdleMs: 1000 * env.integer('SESSION_IDLE_SECONDS', { standard: 3600, min: 1, max: 31 * DAY_SECONDS }),
      sessionAbsoluteMs: 1000 * DAY_SECONDS * env.decimal('SESSION_MAX_DAYS', { standard: 30, min: 0.001, max: 31 }),
    },
    runs: {
      maxSteps: env.integer('RUN_MAX_STEPS', { standard: 8, min: 1, max: 25 }),
      maxDurationMs: 1000 * env.integer('RUN_MAX_SECONDS', { standard: 300, min: 1, max: DAY_SECONDS }),
      maxActivePerUser: env.integer('RUNS_PER_USER', { standard: 20, min: 1, max: 10_000 }),
    },
    tools: { allowedHosts: env.hosts('HTTP_TOOL_ALLOWED_HOSTS') },
    models: {
      firstByteTimeoutMs: env.integer('MODEL_FIRST_BYTE_TIMEOUT_MS', { standard: 120_000, min: 1, max: 3_600_000 }),
      idleTimeoutMs: env.integer('MODEL_IDLE_TIMEOUT_MS', { standard: 60_000, min: 1, max: 3_600_000 }),
    },
    archive: {
      maxEntriesPerUser: env.integer('ARCHIVE_ENTRIES_PER_USER', { standard: 100_000, min: 1, max: 10_000_000 }),
      maxBytesPerUser: MEBIBYTE * env.integer('ARCHIVE_MB_PER_USER', { standard: 1024, min: 1, max: 1_048_576 }),
      maxIndexBytes: MEBIBYTE * env.integer('ARCHIVE_CACHE_MB', { standard: 256, min: 1, max: 1_048_576 }),
      vectorTimeoutMs: env.integer('ARCHIVE_VECTOR_TIMEOUT_MS', { standard: 800, min: 1, max: 60_000 }),
    },
    uploads: {
      maxBytes: MEBIBYTE * env.integer('UPLOAD_MAX_MB', { standard: 100, min: 1, max: 1_024 }),
      maxBytesPerUser: MEBIBYTE * env.integer('UPLOADS_MB_PER_USER', { standard: 512, min: 1, max: 1_048_576 }),
    },
    jobs: { maxActivePerUser: env.integer('JOBS_PER_USER', { standard: 10, min: 1, max: 1_000 }) },
  };
}

/** A row that has an address is set up by its key. One that has none is set up by its address, and then a model must be named. */
function readPreset(env: Environment, row: Preset): PresetSettings[] {
  const { preset } = row;
  const apiKey = env.secret(`${preset}_API_KEY`);
  const address = env.url(`${preset}_BASE_URL`);
  const modelNames = env.list(`${preset}_MODEL`);
  const answers = row.kind === 'EMBEDDING' ? { maxOutputTokens: null, temperature: null } : readAnswers(env, row);
  const baseUrl = address ?? row.baseUrl;
  if (apiKey !== null && !isApiKey(apiKey.reveal()))
    env.complain(`${preset}_API_KEY`, 'must be 1 to 1000 visible ASCII characters');
  if (row.baseUrl === null && address !== null) env.require([`${preset}_MODEL`], `${preset}_BASE_URL is set`);
  if (row.baseUrl === null && modelNames.length > 0) env.require([`${preset}_BASE_URL`], `${preset}_MODEL is set`);
  if (baseUrl === null) {
    env.passOver([`${preset}_API_KEY`], `${preset}_BASE_URL`);
    return [];
  }
  if (row.baseUrl !== null && apiKey === null) {
    env.passOver([`${preset}_BASE_URL`, `${preset}_MODEL`], `${preset}_API_KEY`);
    return [];
  }
  return [{ preset, apiKey, baseUrl, modelNames, ...answers }];
}

function readAnswers(env: Environment, row: Preset): Pick<PresetSettings, 'maxOutputTokens' | 'temperature'> {
  const { preset } = row;
  return {
    maxOutputTokens: env.integer(`${preset}_MAX_TOKENS`, { standard: row.maxOutputTokens, min: 1, max: 1_000_000 }),
    temperature: env.decimal(`${preset}_TEMPERATURE`, { standard: row.temperature, min: 0, max: 2 }),
  };
}

const DAY_SECONDS = 86_400;

const MEBIBYTE = 1024 * 1024;

/** The same in every process that has the same secret, and told by nobody but the server's first output. */
function ownerCode(secret: Secret): Secret {
  return new Secret(deriveKey(secret, 'owner-code').subarray(0, 10).toString('hex'));
}
