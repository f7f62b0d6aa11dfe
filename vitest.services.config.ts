import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** The API's tests once more, on a real Redis and a real MinIO. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/api/**/*.test.ts'], globalSetup: ['test/kit/services.ts'] },
});
