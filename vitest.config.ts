import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Vite would load graphql's ESM build and TypeGraphQL its CommonJS build: two copies that reject each other's types.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Worker threads inherit these, so that a worker can be a TypeScript file in tests as it is under `npm run dev`.
    execArgv: ['--import', '@oxc-node/core/register'],
    testTimeout: 15_000,
    hookTimeout: 60_000,
  },
});
