import { readFileSync } from 'node:fs';
import { generate, loadCodegenConfig } from '@graphql-codegen/cli';
import { isInterfaceType, parse, print, separateOperations, specifiedRules, validate } from 'graphql';
import { expect, it } from 'vitest';
import { parseOptions, validationRules } from '../../src/api/execution/limits.js';
import { createSchema } from '../../src/api/schema.js';
import { importsOf } from '../kit/imports.js';

it('has in src/sdk/generated.ts what `npm run codegen` makes of the schema and the documents', async () => {
  const { config } = await loadCodegenConfig({ configFilePath: 'codegen.yml' });

  const files = (await generate({ ...config, silent: true }, false)) as { filename: string; content: string }[];

  expect(files).toEqual([
    { filename: 'src/sdk/generated.ts', content: readFileSync('src/sdk/generated.ts', 'utf8'), hooks: {} },
  ]);
});

it('can be copied into any application that has graphql and graphql-ws', () => {
  const strangers = importsOf('src/sdk').filter(({ target }) => !/^(?:src\/sdk\/.+|graphql|graphql-ws)$/.test(target));

  expect(strangers).toEqual([]);
});

it('asks for nothing that the server refuses', async () => {
  const schema = await createSchema();
  const operations = Object.values(separateOperations(parse(readFileSync('src/sdk/documents.graphql', 'utf8'))));
  const rules = [...specifiedRules, ...validationRules({ isProduction: true })];

  const refusals = operations.flatMap((operation) => validate(schema, parse(print(operation), parseOptions), rules));

  expect(operations.length).toBeGreaterThan(10);
  expect(refusals).toEqual([]);
});

it('asks a run for every event that there is', async () => {
  const text = readFileSync('src/sdk/documents.graphql', 'utf8');
  const schema = await createSchema();
  const runEvent = schema.getType('RunEvent');
  const events = isInterfaceType(runEvent) ? schema.getPossibleTypes(runEvent).map(({ name }) => name) : [];

  expect(events.length).toBeGreaterThan(10);
  expect(events.filter((name) => !text.includes(`... on ${name} {`))).toEqual([]);
});
