import { failedToParse, invalidOptions, located } from '../../errors.js';
import { compileExpression } from '../../expression/expression.js';
import type { Projection } from '../../query/projection.js';
import { compileTransform, isTransformStage } from '../../query/transform.js';
import { isDocument, typeName } from '../../values/types.js';
import type { Document, Value } from '../../values/types.js';
import type { PipelineEnv } from '../env.js';
import { stagesOf } from './combine.js';

/** Where a pipeline's result goes. Without `database`, into the command's own. */
export type Target = { readonly database?: string | undefined; readonly collection: string };

export type WriteTarget =
  /** The result takes the place of the whole collection. */
  | { readonly kind: 'out'; readonly target: Target }
  | {
      readonly kind: 'merge';
      readonly target: Target;
      /** The fields that tell whether a document is there already. A unique index on them is needed, but for `_id`. */
      readonly on: readonly string[];
      /** What becomes of a document that is there; undefined leaves it. @throws {EngineError} 11000 where it must not be there. */
      readonly combine: (existing: Document, incoming: Document) => Document | undefined;
      readonly whenNotMatched: 'insert' | 'discard' | 'fail';
    };

/** Undefined for a stage that does not write. */
export function compileTarget(stage: Document | undefined, env: PipelineEnv): WriteTarget | undefined {
  if (stage === undefined) return undefined;
  if ('$out' in stage) return { kind: 'out', target: readOut(stage.$out) };
  return '$merge' in stage ? readMerge(stage.$merge, env) : undefined;
}

function readOut(argument: Value): Target {
  if (typeof argument === 'string') return { collection: argument };
  if (!isDocument(argument)) {
    throw located(16990, `$out only supports a string or object argument, but found ${typeName(argument)}`);
  }
  const unknown = Object.keys(argument).find((name) => name !== 'db' && name !== 'coll');
  if (unknown !== undefined) throw located(40415, `BSON field '$out.${unknown}' is an unknown field.`);
  return targetOf(argument, '$out');
}

function targetOf({ db: database, coll: collection }: Document, stage: string): Target {
  if (typeof collection !== 'string') {
    throw located(40414, `BSON field '${stage}.coll' is missing but a required field`);
  }
  if (database !== undefined && typeof database !== 'string') {
    throw located(14, `BSON field '${stage}.db' is the wrong type '${typeName(database)}', expected type 'string'`);
  }
  return { database, collection };
}

const MERGE_PARTS = new Set(['into', 'on', 'let', 'whenMatched', 'whenNotMatched']);

function readMerge(argument: Value, env: PipelineEnv): WriteTarget {
  if (typeof argument === 'string') return readMerge({ into: argument }, env);
  if (!isDocument(argument)) {
    throw located(51182, `$merge only supports a string or object argument, but found ${typeName(argument)}`);
  }
  const unknown = Object.keys(argument).find((name) => !MERGE_PARTS.has(name));
  if (unknown !== undefined) throw located(40415, `BSON field '$merge.${unknown}' is an unknown field.`);
  const { into, whenNotMatched = 'insert' } = argument;
  if (into === undefined) throw located(40414, "BSON field '$merge.into' is missing but a required field");
  if (whenNotMatched !== 'insert' && whenNotMatched !== 'discard' && whenNotMatched !== 'fail') {
    throw located(2, `Enumeration value '${String(whenNotMatched)}' for field 'whenNotMatched' is not a valid value.`);
  }
  return {
    kind: 'merge',
    target: typeof into === 'string' ? { collection: into } : targetOf(isDocument(into) ? into : {}, '$merge.into'),
    on: onOf(argument.on),
    combine: compileCombine(argument, env),
    whenNotMatched,
  };
}

function onOf(on: Value): string[] {
  if (on === undefined) return ['_id'];
  const list: readonly Value[] = Array.isArray(on) ? on : [on];
  if (list.length === 0) throw located(51187, "If explicitly specifying $merge 'on', must include at least one field");
  return list.map((field) => {
    if (typeof field !== 'string') {
      throw located(51134, `$merge 'on' array elements must be strings, but found ${typeName(field)}`);
    }
    return field;
  });
}

type Combine = (existing: Document, incoming: Document) => Document | undefined;

function compileCombine({ whenMatched = 'merge', let: variables }: Document, env: PipelineEnv): Combine {
  if (Array.isArray(whenMatched)) return compileMergePipeline(stagesOf(whenMatched, '$merge'), variables, env);
  switch (whenMatched) {
    case 'replace':
      return (existing, incoming) => ({ ...incoming, _id: existing._id });
    case 'merge':
      return (existing, incoming) => ({ ...existing, ...incoming, _id: existing._id });
    case 'keepExisting':
      return () => undefined;
    case 'fail':
      return () => {
        throw located(11000, '$merge found a document that is there already, and whenMatched is "fail"');
      };
    default:
      throw failedToParse(`Enumeration value '${String(whenMatched)}' for field 'whenMatched' is not a valid value.`);
  }
}

/** The existing document is the one that is changed; `let` is of the incoming one, which is `$$new` where it says nothing. */
function compileMergePipeline(stages: readonly Document[], given: Value, env: PipelineEnv): Combine {
  if (given !== undefined && !isDocument(given)) {
    throw located(14, `BSON field '$merge.let' is the wrong type '${typeName(given)}', expected type 'object'`);
  }
  const variables = Object.entries(given ?? { new: '$$ROOT' }).map(
    ([name, expression]) => [name, compileExpression(expression, env)] as const,
  );
  const compileFor = (incoming: Document) => {
    const values = Object.fromEntries(variables.map(([name, evaluate]) => [name, evaluate(incoming)]));
    return stages.map((stage) => compileMergeStage(stage, { ...env, variables: { ...env.variables, ...values } }));
  };
  compileFor({});
  return (existing, incoming) => {
    const combined = compileFor(incoming).reduce((document, transform) => transform(document), existing);
    return { ...combined, _id: existing._id };
  };
}

function compileMergeStage(stage: Document, env: PipelineEnv): Projection {
  const [name = ''] = Object.keys(stage);
  if (!isTransformStage(name)) throw invalidOptions(`${name} is not allowed to be used within an update`);
  return compileTransform(name, stage[name], env);
}
