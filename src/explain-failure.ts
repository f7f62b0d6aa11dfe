import { AppError } from './base/errors.js';
import { ConfigError } from './config.js';
import { StoreError } from './infra/engine/store/store-errors.js';

/** What to print for whoever started a program of ours: a sentence where they can do something about it, else all that is known. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof AppError || error instanceof ConfigError || error instanceof StoreError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Something else listens at that address already (${error.message}). Stop it, or set PORT.`;
  }
  return error;
}
