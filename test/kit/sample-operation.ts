import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

/** A document that asks for one field of a root type as briefly as the schema allows: required arguments only, with values that mean nothing. */
export function sampleOperation(
  kind: 'query' | 'mutation' | 'subscription',
  field: GraphQLField<unknown, unknown>,
): string {
  const values = field.args.filter(isRequiredArgument).map(({ name, type }) => `${name}: ${sampleValue(type)}`);
  const args = values.length > 0 ? `(${values.join(', ')})` : '';
  const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
  return `${kind} { ${field.name}${args}${selection} }`;
}

function sampleValue(nonNullType: GraphQLInputType): string {
  const type = getNullableType(nonNullType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'null';
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter(isRequiredInputField);
    return `{ ${required.map((field) => `${field.name}: ${sampleValue(field.type)}`).join(', ')} }`;
  }
  return SAMPLE_SCALARS[type.name] ?? '"something"';
}

const SAMPLE_SCALARS: Readonly<Record<string, string>> = {
  Int: '1',
  Float: '1.5',
  Boolean: 'true',
  JSON: '{}',
  DateTime: '"2026-01-01T00:00:00.000Z"',
};
