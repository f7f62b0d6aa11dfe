import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type ASTVisitor,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/**
 * Refuses a subscription whose field depends on `@skip` or `@include`, as later editions of the GraphQL specification do: without its field there is nothing to
 * subscribe to, and the library breaks down over it.
 */
export function rootFieldStands(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation !== OperationTypeNode.SUBSCRIPTION) return;
      const nodes = conditionalsIn(context, selectionSet);
      if (nodes.length === 0) return;
      context.reportError(
        new GraphQLError('The field of a subscription cannot depend on @skip or @include.', { nodes }),
      );
    },
  };
}

/** @param seen Names of fragments that were looked into. None is a second time, however often it is spread: a few lines can stand for millions of fields. */
function conditionalsIn(
  context: ValidationContext,
  { selections }: SelectionSetNode,
  seen = new Set<string>(),
): readonly SelectionNode[] {
  return selections.flatMap((selection) => {
    const isConditional = selection.directives?.some(({ name: { value } }) => value === 'skip' || value === 'include');
    if (isConditional) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return conditionalsIn(context, selection.selectionSet, seen);
    if (selection.kind === Kind.FIELD || seen.has(selection.name.value)) return [];
    seen.add(selection.name.value);
    const fragment = context.getFragment(selection.name.value);
    return fragment ? conditionalsIn(context, fragment.selectionSet, seen) : [];
  });
}
