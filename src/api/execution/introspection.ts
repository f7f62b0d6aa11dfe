import { GraphQLError, Kind, type ASTVisitor, type FieldNode, type ValidationContext } from 'graphql';

/**
 * Keeps the schema to ourselves. What is left of `__type` is the way in which the GraphQL-over-HTTP audits, and clients that only want to know
 * whether anybody is there, ask for something that does not exist.
 */
export function withoutIntrospection(context: ValidationContext): ASTVisitor {
  return {
    Field(field) {
      const isRefused =
        field.name.value === '__schema' || (field.name.value === '__type' && !asksForNothing(context, field));
      if (isRefused) context.reportError(new GraphQLError('Introspection is off on this server.', { nodes: field }));
    },
  };
}

function asksForNothing(context: ValidationContext, { arguments: given, selectionSet }: FieldNode): boolean {
  const name = given?.find((argument) => argument.name.value === 'name')?.value;
  const isKnown = name?.kind === Kind.STRING && context.getSchema().getType(name.value) !== undefined;
  const asked = selectionSet?.selections ?? [];
  return !isKnown && asked.every((selection) => selection.kind === Kind.FIELD && selection.name.value === 'name');
}
