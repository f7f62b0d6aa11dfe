import { pino, type DestinationStream, type Logger } from 'pino';
import { AppError } from './errors.js';

/** Structured records, one JSON object a line. Never put passwords, tokens, keys, prompts or answers into one. */
export type Log = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A log that adds these fields to each record, such as a request's or a run's id. */
  child(fields: object): Log;
};

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Fields that are struck out wherever a record holds them, should one slip in. */
const SECRET_FIELDS = ['password', 'token', 'authorization', 'apiKey', 'secret', 'cookie'];

/** @param destination Where lines go. @default standard output */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const lines = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        // No serializer is asked about a field that is undefined.
        log: (fields) =>
          'error' in fields && fields['error'] === undefined ? { ...fields, error: noError(undefined) } : fields,
      },
      serializers: { error: (error: unknown) => errorFields(error) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[secret]' },
    },
    destination ?? standardOutput(),
  );
  return new FieldLog(lines, {});
}

/** Causes of causes that are written of an error, and errors of one AggregateError. */
const MAX_CAUSES = 8;

/** What is written of an error. Whatever else those of others carry stays out: libraries hang the command that failed on theirs, with its password or with what a user wrote. */
function errorFields(error: unknown, left = MAX_CAUSES): unknown {
  if (!(error instanceof Error)) return noError(error);
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    stack,
    ...('code' in error && { code: error.code }),
    ...(error instanceof AppError && { details: error.details }),
    ...(cause !== undefined && left > 0 && { cause: errorFields(cause, left - 1) }),
    ...(error instanceof AggregateError &&
      left > 0 && { errors: error.errors.slice(0, MAX_CAUSES).map((each) => errorFields(each, 0)) }),
  };
}

/** Anything can be thrown. What an object or a function holds stays out, too. */
function noError(thrown: unknown): unknown {
  if (typeof thrown === 'function') return 'no Error, but a function';
  if (typeof thrown === 'object' && thrown !== null) return 'no Error, but an object';
  const isWritable = typeof thrown === 'string' || typeof thrown === 'number' || typeof thrown === 'boolean';
  return isWritable ? thrown : `no Error, but ${String(thrown)}`;
}

/** Logs with their fields beside one logger: pino's own children take a kilobyte each, and every operation has one. */
class FieldLog implements Log {
  readonly #lines: Logger;
  readonly #fields: object;

  constructor(lines: Logger, fields: object) {
    this.#lines = lines;
    this.#fields = fields;
  }

  debug(fields: object, message: string): void {
    this.#lines.debug({ ...this.#fields, ...fields }, message);
  }

  info(fields: object, message: string): void {
    this.#lines.info({ ...this.#fields, ...fields }, message);
  }

  warn(fields: object, message: string): void {
    this.#lines.warn({ ...this.#fields, ...fields }, message);
  }

  error(fields: object, message: string): void {
    this.#lines.error({ ...this.#fields, ...fields }, message);
  }

  child(fields: object): Log {
    return new FieldLog(this.#lines, { ...this.#fields, ...fields });
  }
}

/** Bytes that may wait to be written. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Nobody waits for what is written to it. Where it cannot be written to, as on a full disk, records wait up to a limit and are lost beyond it: the server goes on. */
function standardOutput(): DestinationStream {
  const output = pino.destination({ fd: 1, sync: false, maxLength: MAX_WAITING_BYTES });
  let isBroken = false;
  output.on('error', () => (isBroken = true));
  output.on('write', () => (isBroken = false));
  const flushSync = output.flushSync.bind(output);
  output.flushSync = () => {
    // It would try for ever, and keep the process from ending.
    if (!isBroken) flushSync();
  };
  return output;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };
