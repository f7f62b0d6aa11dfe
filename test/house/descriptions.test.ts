import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLNamedType,
} from 'graphql';
import { expect, it } from 'vitest';
import { createSchema } from '../../src/api/schema.js';

type Described = { readonly path: string; readonly description: string | null | undefined };

it('describes every type, field, argument and value of the API: they are its reference', async () => {
  const schema = await createSchema();
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  const isRoot = (type: GraphQLNamedType) =>
    [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].some((root) => root === type);

  const elements = types.flatMap((type) => [
    ...(isRoot(type) ? [] : [{ path: type.name, description: type.description }]),
    ...elementsOf(type),
  ]);

  expect(elements.length).toBeGreaterThan(10);
  expect(elements.filter(({ description }) => !description?.trim()).map(({ path }) => path)).toEqual([]);
});

function elementsOf(type: GraphQLNamedType): Described[] {
  if (isEnumType(type))
    return type.getValues().map(({ name, description }) => ({ path: `${type.name}.${name}`, description }));
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map(({ name, description }) => ({
      path: `${type.name}.${name}`,
      description,
    }));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap(({ name, description, args }) => [
    { path: `${type.name}.${name}`, description },
    ...args.map((arg) => ({ path: `${type.name}.${name}(${arg.name})`, description: arg.description })),
  ]);
}
