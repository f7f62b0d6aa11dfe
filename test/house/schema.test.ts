import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { LOADER } from '../kit/loader.js';

it('is what schema.graphql says; `npm run schema` writes it anew', async () => {
  // In a process of its own: types and fields stand in the order in which their classes are first loaded, and other tests may have loaded some.
  const { stdout } = await promisify(execFile)(process.execPath, [...LOADER, 'test/kit/print-schema.ts']);

  await expect(stdout).toMatchFileSnapshot('../../schema.graphql');
});
