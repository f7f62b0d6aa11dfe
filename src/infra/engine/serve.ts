/** The engine alone, for a small document database: `npm run engine -- --dir DIR --port PORT [--no-sync]`. */
import { parseArgs } from 'node:util';
import { openEngine } from './open-engine.js';
import { StoreError } from './store/store-errors.js';

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    port: { type: 'string' },
    'no-sync': { type: 'boolean', default: false },
  },
});
if (values.dir === undefined || !/^\d+$/.test(values.port ?? '')) {
  console.error('Usage: npm run engine -- --dir DIR --port PORT [--no-sync]');
  process.exit(1);
}

const engine = await openEngine({
  dir: values.dir,
  port: Number(values.port),
  noSync: values['no-sync'],
  hasTestCommands: true,
}).catch((error: unknown): never => {
  if (!(error instanceof StoreError)) throw error;
  console.error(error.message);
  process.exit(1);
});
console.log(engine.uri);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void engine.stop().then(() => process.exit(0)));
}
