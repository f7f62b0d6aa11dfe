import { failedToParse, located } from '../../errors.js';
import { compileExpression } from '../../expression/expression.js';
import { compileFilter } from '../../query/filter.js';
import { addToTree, compute, newTree } from '../../query/projection-tree.js';
import { valuesAt } from '../../values/path.js';
import { isDocument, isRegex, typeName } from '../../values/types.js';
import type { Document, Value } from '../../values/types.js';
import type { PipelineEnv, Stage, StageParts } from '../env.js';
import { held, splitPipeline, stagesOf } from './combine.js';

type Lookup = {
  readonly from: string | undefined;
  readonly as: string;
  readonly fields: { readonly local: string; readonly foreign: string } | undefined;
  readonly variables: Document;
  readonly pipeline: Document[];
};

const PARTS = new Set(['from', 'as', 'localField', 'foreignField', 'let', 'pipeline']);

/** Adds to each document the documents of another collection that belong to it. */
export function lookupStage(argument: Value, { env, compile }: StageParts): Stage {
  const lookup = readLookup(argument);
  const variables = Object.entries(lookup.variables).map(
    ([name, expression]) => [checkName(name), compileExpression(expression, env)] as const,
  );
  const envFor = (document: Document): PipelineEnv => ({
    ...env,
    variables: {
      ...env.variables,
      ...Object.fromEntries(variables.map(([name, evaluate]) => [name, evaluate(document)])),
    },
  });
  const { filter, rest } = splitPipeline(lookup.pipeline);
  // What is wrong with the inner pipeline is told even if no document ever comes.
  compileFilter(filter, envFor({}));
  const runAlike = compile(rest, envFor({}));
  let joined: Value[] = [];
  const tree = newTree();
  addToTree(tree, lookup.as, () => joined);
  return function* withJoined(source: Iterable<Document>) {
    let shared: Value[] | undefined;
    for (const document of source) {
      env.checkTime();
      const inner = envFor(document);
      const run = variables.length === 0 ? runAlike : compile(rest, inner);
      const isShared = variables.length === 0 && lookup.fields === undefined;
      joined = shared ?? held(run(foreignDocuments(lookup, filter, document, inner)), env, '$lookup');
      if (isShared) shared = joined;
      yield compute(document, tree, document);
    }
  };
}

function foreignDocuments(
  { from, fields }: Lookup,
  filter: Document,
  document: Document,
  env: PipelineEnv,
): Iterable<Document> {
  if (from === undefined) return [];
  if (fields === undefined) return env.find(from, filter, env);
  const join = joinFilter(fields, document);
  return env.find(from, Object.keys(filter).length === 0 ? join : { $and: [join, filter] }, env);
}

/** Missing joins with null and missing; an array with whatever any of its elements joins with. */
function joinFilter({ local, foreign }: { local: string; foreign: string }, document: Document): Document {
  const found = valuesAt(document, local);
  const values = found.length === 0 ? [null] : found;
  if (values.some(isRegex)) return { $or: values.map((value) => ({ [foreign]: { $eq: value } })) };
  return { [foreign]: values.length === 1 ? { $eq: values[0] } : { $in: values } };
}

function readLookup(argument: Value): Lookup {
  if (!isDocument(argument)) {
    throw failedToParse(`the $lookup specification must be an Object, but found ${typeName(argument)}`);
  }
  const unknown = Object.keys(argument).find((name) => !PARTS.has(name));
  if (unknown !== undefined) throw failedToParse(`unknown argument to $lookup: ${unknown}`);
  const { from, as, localField: local, foreignField: foreign, let: variables = {} } = argument;
  if (typeof as !== 'string') throw failedToParse("must specify 'as' field for a $lookup");
  if (!isDocument(variables)) {
    throw failedToParse(`$lookup argument 'let' must be an object, but found ${typeName(variables)}`);
  }
  const pipeline = argument.pipeline === undefined ? [] : stagesOf(argument.pipeline, '$lookup');
  if (typeof from !== 'string' && !(from === undefined && pipeline[0] !== undefined && '$documents' in pipeline[0])) {
    throw failedToParse("must specify 'from' field for a $lookup");
  }
  const fields = fieldsOf(local, foreign);
  if (fields === undefined && argument.pipeline === undefined) {
    throw failedToParse("$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
  }
  if ('let' in argument && argument.pipeline === undefined) {
    throw failedToParse("$lookup with a 'let' argument must also specify 'pipeline'");
  }
  return { from, as, fields, variables, pipeline };
}

function fieldsOf(local: Value, foreign: Value): Lookup['fields'] {
  if (local === undefined && foreign === undefined) return undefined;
  if (typeof local !== 'string' || typeof foreign !== 'string') {
    throw failedToParse("$lookup requires both or neither of 'localField' and 'foreignField' to be specified");
  }
  return { local, foreign };
}

function checkName(name: string): string {
  if (!/^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name)) {
    throw located(9, `'${name}' starts with an invalid character for a user variable name`);
  }
  return name;
}
