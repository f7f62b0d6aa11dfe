/** The engine alone, for a small document database: `npm run engine -- --dir DIR --port PORT [--no-sync]`. */
import { parseArgs } from 'node:util';
import { openEngine } from './open-engine.js';
import { StoreError } from './store/store-errors.js';

const { dir, port, noSync } = readArguments() ?? fail('Usage: npm run engine -- --dir DIR --port PORT [--no-sync]');

const engine = await openEngine({ dir, port, noSync, hasTestCommands: true }).catch((error: unknown): never => {
  if (error instanceof StoreError || isOfSystem(error)) fail(error.message);
  throw error;
});
console.log(engine.uri);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void engine.stop().then(() => process.exit(0)));
}

/** Null for what is no way to start it. */
function readArguments(): { dir: string; port: number; noSync: boolean } | null {
  try {
    const { values } = parseArgs({
      options: {
        dir: { type: 'string' },
        port: { type: 'string' },
        'no-sync': { type: 'boolean', default: false },
      },
    });
    const { dir, port = '', 'no-sync': noSync } = values;
    return dir !== undefined && /^\d+$/.test(port) && Number(port) <= 65_535
      ? { dir, port: Number(port), noSync }
      : null;
  } catch {
    return null;
  }
}

/** Such as a port at which something else listens, or a folder that is another user's. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
