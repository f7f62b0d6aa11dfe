import {
  EngineError,
  dollarPrefixedFieldName,
  failedToParse,
  immutableField,
  invalidOptions,
  located,
} from '../errors.js';
import { equalValues } from '../values/compare.js';
import type { QueryEnv } from '../values/env.js';
import { show } from '../values/show.js';
import { isDocument, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { compileArrayFilters } from './array-filters.js';
import { compilePositional } from './positional.js';
import type { Positional } from './positional.js';
import { compileTransform, isTransformStage } from './transform.js';
import { checkConflicts, inOrderOfPaths } from './update-conflicts.js';
import { isUpdateOperator } from './update-action.js';
import type { Action, UpdateOperator } from './update-action.js';
import { compileAction } from './update-operators.js';

export type Update = {
  readonly isReplacement: boolean;
  /**
   * The document after the update, as a new document; the given one stays as it is.
   *
   * @throws {EngineError} with mongod's code for what cannot be done to this document; 66 where `_id` would change.
   */
  apply(this: void, document: Document, how: UpdateOccasion): Document;
};

export type UpdateOccasion = {
  /** An upsert, so that `$setOnInsert` counts; the document is then {@link upsertBase}'s. */
  readonly isInsert: boolean;
  /** What the document was found by: the positional `$` is the element that satisfied it. */
  readonly filter: Document;
};

export type UpdateOptions = { readonly env: QueryEnv; readonly arrayFilters?: readonly Document[] | undefined };

/** Whether the update is a whole new document and not a list of changes. Only one document can be replaced at a time. */
export function isReplacement(update: Document | readonly Document[]): boolean {
  return isDocument(update) && !(Object.keys(update)[0] ?? '').startsWith('$');
}

/**
 * Operators, a pipeline or a replacement.
 *
 * @throws {EngineError} with mongod's code for all that is wrong with it whatever the document.
 */
export function compileUpdate(update: Document | readonly Document[], options: UpdateOptions): Update {
  if (!isDocument(update)) return compilePipelineUpdate(update, options);
  return isReplacement(update) ? compileReplacement(update) : compileOperators(update, options);
}

function compileReplacement(replacement: Document): Update {
  const prefixed = Object.keys(replacement).find((name) => name.startsWith('$'));
  if (prefixed !== undefined) {
    throw dollarPrefixedFieldName(
      `The dollar ($) prefixed field '${prefixed}' in '${prefixed}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
    );
  }
  return { isReplacement: true, apply: (document) => replace(document, replacement) };
}

/** With the `_id` of the old document, which comes first. */
function replace(document: Document, replacement: Document): Document {
  if (document._id === undefined) return { ...replacement };
  if (replacement._id !== undefined && !isSameId(document._id, replacement._id)) {
    throw immutableField(
      `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${show(replacement._id)}`,
    );
  }
  const { _id: _same, ...fields } = replacement;
  return { _id: document._id, ...fields };
}

const isSameId = (left: Value, right: Value): boolean => equalValues(left, right);

function compilePipelineUpdate(stages: readonly Document[], { env, arrayFilters }: UpdateOptions): Update {
  if (arrayFilters !== undefined && arrayFilters.length > 0) {
    throw failedToParse('Cannot specify arrayFilters and a pipeline update');
  }
  const transforms = stages.map((stage) => {
    const [name = '', ...others] = isDocument(stage) ? Object.keys(stage) : [];
    if (name === '' || others.length > 0) {
      throw located(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    if (!isTransformStage(name)) throw refuseStage(name);
    return compileTransform(name, stage[name], env);
  });
  return {
    isReplacement: false,
    apply: (document) =>
      replace(
        document,
        transforms.reduce((result, transform) => transform(result), document),
      ),
  };
}

const OTHER_STAGES = new Set([
  '$match',
  '$group',
  '$sort',
  '$limit',
  '$skip',
  '$count',
  '$unwind',
  '$lookup',
  '$facet',
]);

function refuseStage(name: string): EngineError {
  return OTHER_STAGES.has(name)
    ? invalidOptions(`${name} is not allowed to be used within an update`)
    : located(40324, `Unrecognized pipeline stage name: '${name}'`);
}

function compileOperators(update: Document, { env, arrayFilters = [] }: UpdateOptions): Update {
  const filters = compileArrayFilters(arrayFilters, update, env);
  const actions = Object.entries(update).flatMap(([operator, fields]) => {
    checkOperator(operator);
    checkFields(operator, fields);
    return Object.entries(fields).map(([path, argument]) => compileAction({ operator, path, argument, env, filters }));
  });
  checkConflicts(actions.flatMap(({ paths }) => paths));
  const ordered = inOrderOfPaths(actions);
  // Only when the elements are known is it known whether 'a.$' and 'a.0' are one.
  const mayMeet = actions.length > 1 && actions.some(({ paths }) => paths.some((path) => path.includes('.$')));
  return {
    isReplacement: false,
    apply: (document, how) => applyActions(ordered, document, how, { env, mayMeet }),
  };
}

function checkOperator(operator: string): asserts operator is UpdateOperator {
  if (isUpdateOperator(operator)) return;
  throw failedToParse(
    `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
  );
}

function checkFields(operator: string, fields: Value): asserts fields is Document {
  if (isDocument(fields)) return;
  throw failedToParse(
    `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${show(fields)}}`,
  );
}

function applyActions(
  actions: readonly Action[],
  document: Document,
  how: UpdateOccasion,
  { env, mayMeet }: { readonly env: QueryEnv; readonly mayMeet: boolean },
): Document {
  let positionIn: Positional | undefined;
  const touched: string[] | undefined = mayMeet ? [] : undefined;
  const context = {
    isInsert: how.isInsert,
    original: document,
    positionIn(arrayPath: string) {
      if (how.isInsert) return undefined;
      positionIn ??= compilePositional(how.filter, env);
      return positionIn(document, arrayPath);
    },
    touched,
  };
  const updated = actions.reduce((result, action) => action.apply(result, context), document);
  if (touched !== undefined) checkConflicts(touched);
  if (document._id !== undefined && (updated._id === undefined || !isSameId(document._id, updated._id))) {
    throw immutableField("Performing an update on the path '_id' would modify the immutable field '_id'");
  }
  return updated;
}
