import { printSchema } from 'graphql';
import { expect, it } from 'vitest';
import { createSchema } from '../../src/api/schema.js';

it('is what schema.graphql says; `npm run schema` writes it anew', async () => {
  await expect(`${printSchema(await createSchema())}\n`).toMatchFileSnapshot('../../schema.graphql');
});
