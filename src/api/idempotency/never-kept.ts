import { getNamedType, getOperationAST, separateOperations, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';

/** Marks an object type that lets somebody in. Neither it nor what was sent for it is kept, in any form. */
export const neverKept = { neverKept: true } as const;

/** Whether the operation asks for something that is marked so. */
export function asksForNeverKept(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): boolean {
  const name = getOperationAST(document, operationName)?.name?.value ?? '';
  const asked = separateOperations(document)[name] ?? document;
  const types = new TypeInfo(schema);
  let isFound = false;
  visit(
    asked,
    visitWithTypeInfo(types, {
      Field() {
        isFound ||= getNamedType(types.getType())?.extensions['neverKept'] === true;
      },
    }),
  );
  return isFound;
}
