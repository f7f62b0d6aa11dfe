import { isObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { createSchema } from '../../src/api/schema.js';

/** What lets somebody in, by its name. */
const SECRET = /token|password|secret|apiKey|ownerCode/i;

/** Names that only sound like it. */
const HARMLESS = /Tokens$|^has[A-Z]|^tokens$/;

it('marks every type that lets somebody in, so that no answer with it is kept', async () => {
  const schema = await createSchema();
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);

  // What can be asked for is named after what it does, not after what it answers.
  const letIn = types.filter(
    (type) =>
      type !== schema.getMutationType() &&
      Object.keys(type.getFields()).some((name) => SECRET.test(name) && !HARMLESS.test(name)),
  );

  expect(letIn.map(({ name, extensions }) => [name, extensions['neverKept']])).toEqual([['AuthPayload', true]]);
});
