import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  // The SDK lies outside of this folder.
  server: { fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] } },
});
