import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type ParseOptions,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { AppError } from '../../base/errors.js';
import { MAX_ERRORS } from '../format-error.js';
import { withoutIntrospection } from './introspection.js';
import { rootFieldStands } from './subscription-root.js';

/** What one document may ask for, fragments counted wherever they are spread. The same over HTTP, WebSocket and SSE. */
export const DOCUMENT_LIMITS = {
  /** Fields within fields; what is inside `__schema` and `__type` is not counted. */
  depth: 10,
  aliases: 15,
  directives: 8,
  fields: 400,
  /** Operations and fragments. */
  definitions: 20,
  tokens: 1_000,
} as const;

/** Bytes of one request, over whichever transport. */
export const MAX_REQUEST_BYTES = 256 * 1024;

export const parseOptions: ParseOptions = { maxTokens: DOCUMENT_LIMITS.tokens };

/** GraphQL adds one more, which says that it stopped. */
export const validationOptions = { maxErrors: MAX_ERRORS - 1 };

/** The rules that come after GraphQL's own. */
export function validationRules({ isProduction }: { isProduction: boolean }): ValidationRule[] {
  const rules = [withinLimits, rootFieldStands];
  return isProduction ? [...rules, withoutIntrospection] : rules;
}

/** What a selection asks for, everything inside it included. */
type Cost = { depth: number; aliases: number; directives: number; fields: number };

const COUNTED = ['depth', 'aliases', 'directives', 'fields'] as const satisfies readonly (keyof Cost)[];

/** Refuses a document that asks for more than {@link DOCUMENT_LIMITS}, with QUERY_TOO_COMPLEX. */
function withinLimits(context: ValidationContext): ASTVisitor {
  const costs = new CostCounter(context);
  return {
    Document({ definitions }) {
      if (definitions.length > DOCUMENT_LIMITS.definitions) refuse(context, 'definitions', definitions.length);
    },
    OperationDefinition(operation) {
      const cost = costs.ofOperation(operation);
      for (const kind of COUNTED) {
        if (cost[kind] > DOCUMENT_LIMITS[kind]) refuse(context, kind, cost[kind]);
      }
      return false;
    },
  };
}

function refuse(context: ValidationContext, kind: keyof typeof DOCUMENT_LIMITS, found: number): void {
  const message = `This document has ${kind} ${found}; at most ${DOCUMENT_LIMITS[kind]} is allowed.`;
  context.reportError(new GraphQLError(message, { originalError: new AppError('QUERY_TOO_COMPLEX', message) }));
}

/** Adds up costs, each fragment's once however often it is spread: a document of a few lines can stand for millions of fields. */
class CostCounter {
  readonly #ofFragments = new Map<string, Cost>();

  constructor(private readonly context: ValidationContext) {}

  ofOperation({ selectionSet, directives, variableDefinitions }: OperationDefinitionNode): Cost {
    const cost = this.#ofSelections(selectionSet);
    cost.directives += directives?.length ?? 0;
    for (const variable of variableDefinitions ?? []) cost.directives += variable.directives?.length ?? 0;
    return cost;
  }

  #ofSelections({ selections }: SelectionSetNode): Cost {
    const total = noCost();
    for (const selection of selections) {
      total.directives += selection.directives?.length ?? 0;
      switch (selection.kind) {
        case Kind.FIELD: {
          total.fields += 1;
          if (selection.alias) total.aliases += 1;
          const inside = selection.selectionSet ? this.#ofSelections(selection.selectionSet) : noCost();
          const isIntrospection = selection.name.value === '__schema' || selection.name.value === '__type';
          add(total, { ...inside, depth: isIntrospection ? 1 : inside.depth + 1 });
          break;
        }
        case Kind.INLINE_FRAGMENT:
          add(total, this.#ofSelections(selection.selectionSet));
          break;
        case Kind.FRAGMENT_SPREAD:
          add(total, this.#ofFragment(this.context.getFragment(selection.name.value)));
      }
    }
    return total;
  }

  /** A fragment inside itself counts nothing: GraphQL's own rules refuse it. */
  #ofFragment(fragment: FragmentDefinitionNode | null | undefined): Cost {
    if (!fragment) return noCost();
    const known = this.#ofFragments.get(fragment.name.value);
    if (known) return known;
    this.#ofFragments.set(fragment.name.value, noCost());
    const cost = this.#ofSelections(fragment.selectionSet);
    cost.directives += fragment.directives?.length ?? 0;
    this.#ofFragments.set(fragment.name.value, cost);
    return cost;
  }
}

function noCost(): Cost {
  return { depth: 0, aliases: 0, directives: 0, fields: 0 };
}

function add(total: Cost, part: Cost): void {
  total.depth = Math.max(total.depth, part.depth);
  total.aliases += part.aliases;
  total.directives += part.directives;
  total.fields += part.fields;
}
