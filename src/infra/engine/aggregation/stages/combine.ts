import { failedToParse, located } from '../../errors.js';
import { compileExpression } from '../../expression/expression.js';
import { compileFilter } from '../../query/filter.js';
import { putField } from '../../values/path.js';
import { roughSize } from '../../values/size.js';
import { isDocument, typeName } from '../../values/types.js';
import type { Document, Value } from '../../values/types.js';
import type { PipelineEnv, Stage, StageParts } from '../env.js';
import { MemoryBudget } from '../memory.js';

const NOT_IN_FACET = new Set(['$out', '$merge', '$facet', '$documents']);

/** One document: the results of several pipelines over the same documents. */
export function facetStage(argument: Value, { env, compile }: StageParts): Stage {
  if (!isDocument(argument) || Object.keys(argument).length === 0) {
    throw located(40169, 'the $facet specification must be a non-empty object');
  }
  const facets = Object.entries(argument).map(([name, pipeline]) => {
    checkFacetName(name);
    const stages = stagesOf(pipeline, `$facet '${name}'`);
    const refused = stages.flatMap((stage) => Object.keys(stage)).find((stage) => NOT_IN_FACET.has(stage));
    if (refused !== undefined) throw located(40600, `${refused} is not allowed to be used within a $facet stage`);
    return { name, run: compile(stages, env) };
  });
  return function* faceted(source: Iterable<Document>) {
    const documents = held(source, env, '$facet');
    const result: Document = {};
    for (const { name, run } of facets) putField(result, name, held(run(documents), env, '$facet'));
    yield result;
  };
}

function checkFacetName(name: string): void {
  if (name === '' || name.startsWith('$')) {
    throw located(16410, `FieldPath field names may not start with '$': '${name}'`);
  }
  if (name.includes('.')) throw located(16412, `FieldPath field names may not contain '.': '${name}'`);
}

/** All documents at once. @throws {EngineError} 292 if they are too large together. */
export function held(source: Iterable<Document>, env: PipelineEnv, holder: string): Document[] {
  const budget = new MemoryBudget(env.memoryLimit, holder);
  return Array.from(source, (document) => {
    env.checkTime();
    budget.take(roughSize(document));
    return document;
  });
}

/** @throws {EngineError} 14 or 9 for what is no list of stages. */
export function stagesOf(pipeline: Value, where: string): Document[] {
  if (!Array.isArray(pipeline)) throw located(40170, `arguments to ${where} must be arrays, not ${typeName(pipeline)}`);
  return pipeline.map((stage) => {
    if (!isDocument(stage)) throw located(40171, `elements of arrays in ${where} must be non-null objects`);
    return stage;
  });
}

/** The filter of a `$match` at the front, so that documents can be found by an index, and the stages that follow. */
export function splitPipeline(stages: readonly Document[]): { filter: Document; rest: readonly Document[] } {
  const filter = stages[0]?.$match;
  return isDocument(filter) ? { filter, rest: stages.slice(1) } : { filter: {}, rest: stages };
}

/** All documents, then those of another collection. */
export function unionWithStage(argument: Value, { env, compile }: StageParts): Stage {
  const { collection, pipeline } = readUnion(argument);
  const { filter, rest } = splitPipeline(pipeline);
  compileFilter(filter, env);
  const run = compile(rest, env);
  return function* united(source: Iterable<Document>) {
    yield* source;
    yield* run(collection === undefined ? [] : env.find(collection, filter, env));
  };
}

function readUnion(argument: Value): { collection: string | undefined; pipeline: Document[] } {
  if (typeof argument === 'string') return { collection: argument, pipeline: [] };
  if (!isDocument(argument)) {
    throw failedToParse(
      `the $unionWith stage specification must be an object or string, but found ${typeName(argument)}`,
    );
  }
  const unknown = Object.keys(argument).find((name) => name !== 'coll' && name !== 'pipeline');
  if (unknown !== undefined) throw located(40415, `BSON field '$unionWith.${unknown}' is an unknown field.`);
  const pipeline = argument.pipeline === undefined ? [] : stagesOf(argument.pipeline, '$unionWith');
  if (argument.coll === undefined && pipeline[0] !== undefined && '$documents' in pipeline[0]) {
    return { collection: undefined, pipeline };
  }
  if (typeof argument.coll !== 'string') {
    throw located(40414, "BSON field '$unionWith.coll' is missing but a required field");
  }
  return { collection: argument.coll, pipeline };
}

/** The documents that an expression gives, instead of those of a collection. */
export function documentsStage(argument: Value, env: PipelineEnv): Stage {
  const evaluate = compileExpression(argument, env);
  return () => {
    const list = evaluate({});
    if (!Array.isArray(list)) throw located(5858203, 'an array is expected as the argument of $documents');
    return list.map((element) => {
      if (!isDocument(element)) throw located(5858203, '$documents must hold only documents');
      return element;
    });
  };
}
