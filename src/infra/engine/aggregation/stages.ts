import { compileTransform, isTransformStage } from '../query/transform.js';
import type { Document, Value } from '../values/types.js';
import type { PipelineEnv, Stage, StageParts } from './env.js';
import { bucketAutoStage } from './stages/bucket-auto.js';
import { graphLookupStage } from './stages/graph-lookup.js';
import { countStage, limitStage, matchStage, sampleStage, skipStage } from './stages/select.js';
import { documentsStage, facetStage, unionWithStage } from './stages/combine.js';
import { groupStage, sortByCountStage } from './stages/group.js';
import { lookupStage } from './stages/lookup.js';
import { unwindStage } from './stages/unwind.js';

type CompileStage = (argument: Value, parts: StageParts) => Stage;

const STAGES: Readonly<Record<string, CompileStage>> = {
  $match: (argument, { env }) => matchStage(argument, env),
  $limit: (argument) => limitStage(argument),
  $skip: (argument, { env }) => skipStage(argument, env),
  $count: (argument, { env }) => countStage(argument, env),
  $sample: (argument, { env }) => sampleStage(argument, env),
  $group: (argument, { env }) => groupStage(argument, env),
  $sortByCount: (argument, { env }) => sortByCountStage(argument, env),
  $bucketAuto: (argument, { env }) => bucketAutoStage(argument, env),
  $unwind: (argument, { env }) => unwindStage(argument, env),
  $lookup: lookupStage,
  $graphLookup: (argument, { env }) => graphLookupStage(argument, env),
  $facet: facetStage,
  $unionWith: unionWithStage,
  $documents: (argument, { env }) => documentsStage(argument, env),
};

/** Stages that the pipeline itself takes care of, for their place in it matters. */
const PLACED = new Set(['$sort', '$out', '$merge']);

export const isStage = (name: string): boolean =>
  Object.hasOwn(STAGES, name) || PLACED.has(name) || isTransformStage(name);

/** Compiles any stage but those whose place matters. */
export function compileStage(name: string, argument: Value, parts: StageParts): Stage {
  if (isTransformStage(name)) return transformStage(name, argument, parts.env);
  const compile = STAGES[name];
  if (compile === undefined) throw new Error(`${name} is compiled by the pipeline.`);
  return compile(argument, parts);
}

function transformStage(name: Parameters<typeof compileTransform>[0], argument: Value, env: PipelineEnv): Stage {
  const transform = compileTransform(name, argument, env);
  return function* transformed(source: Iterable<Document>) {
    for (const document of source) {
      env.checkTime();
      yield transform(document);
    }
  };
}
