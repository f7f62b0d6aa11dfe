import { pino, type DestinationStream } from 'pino';

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
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[secret]' },
    },
    destination ?? pino.destination({ fd: 1, sync: false }),
  );
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };
