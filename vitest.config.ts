import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LOADER } from './test/kit/loader.js';

export default defineConfig({
  resolve: {
    // Vite would load graphql's ESM build and TypeGraphQL its CommonJS build: two copies that reject each other's types.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // A process takes one file after another, since most of the time of a small one would go into loading what it tests.
    isolate: false,
    // One more than there are processors: many tests wait, for a server to start or for a time to pass.
    maxWorkers: availableParallelism() + 1,
    restoreMocks: true,
    // Worker threads inherit these, so that a worker can be a TypeScript file in tests as it is under `npm run dev`.
    execArgv: [...LOADER],
    // The second that is the default is not enough where other work takes the processors.
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
