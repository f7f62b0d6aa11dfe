import { failedToParse, located } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { withTextScore } from '../query/text-search.js';
import { isTransformStage } from '../query/transform.js';
import { isDocument, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import type { PipelineEnv, Stage } from './env.js';
import { compileStage, isStage } from './stages.js';
import { onlyCounts } from './stages/group.js';
import { sortStage } from './stages/sort.js';
import { compileTarget } from './stages/write.js';
import type { WriteTarget } from './stages/write.js';

export type Pipeline = {
  /** The filter of a `$match` at the front: the source must give only documents that satisfy it. */
  readonly leadingFilter: Document;
  /** The `$sort` that follows; where the source is in this order, say so to `run`. */
  readonly leadingSort?: Document | undefined;
  /** Whether the stage that follows asks how many documents there are, and nothing of what is in them: any documents will do. */
  readonly onlyCounts: boolean;
  /** Whether the first stage makes the documents itself, so that the source is to be empty. */
  readonly isSourceless: boolean;
  /** What `$out` or `$merge` at the end does with the result; without it the result is for the client. */
  readonly writesTo?: WriteTarget | undefined;
  /** The result, made while it is read. Its documents may share parts with those of the source. */
  run(this: void, source: Iterable<Document>, options?: { readonly isSorted: boolean }): Iterable<Document>;
};

/**
 * Everything that is wrong with a pipeline whatever the documents is found here, before any is read.
 *
 * @throws {EngineError} 40324 for a stage that is not known, 168 for an expression, 15952 for an accumulator, and
 * mongod's code for any other mistake.
 */
export function compilePipeline(stages: readonly Document[], env: PipelineEnv): Pipeline {
  const list = stages.map(checkStage);
  const writesTo = compileTarget(list.at(-1), env);
  const reading = writesTo === undefined ? list : list.slice(0, -1);
  const leadingFilter = filterOf(reading[0]);
  if (leadingFilter !== undefined) compileFilter(leadingFilter, env);
  const afterFilter = leadingFilter === undefined ? reading : reading.slice(1);
  const leadingSort = sortOf(afterFilter[0]);
  const scored = leadingFilter === undefined ? env : withTextScore(env, leadingFilter);
  const run = compileList(afterFilter, scored, leadingFilter === undefined);
  const runSorted = leadingSort === undefined ? run : compileList(afterFilter.slice(1), scored, false);
  return {
    leadingFilter: leadingFilter ?? {},
    leadingSort,
    onlyCounts: onlyCounts(afterFilter[0]),
    isSourceless: reading[0] !== undefined && '$documents' in reading[0],
    writesTo,
    run: (source, options) => (options?.isSorted === true ? runSorted(source) : run(source)),
  };
}

function checkStage(stage: Value): Document {
  if (!isDocument(stage)) {
    throw failedToParse(`Each element of the 'pipeline' array must be an object, not ${typeName(stage)}`);
  }
  if (Object.keys(stage).length !== 1) {
    throw located(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  return stage;
}

function filterOf(stage: Document | undefined): Document | undefined {
  return isDocument(stage?.$match) ? stage.$match : undefined;
}

/** Undefined also for a sort by text score, an order that no index has. */
function sortOf(stage: Document | undefined): Document | undefined {
  return isDocument(stage?.$sort) && !Object.values(stage.$sort).some(isDocument) ? stage.$sort : undefined;
}

/** A pipeline within a pipeline, which may not write. */
function compileInner(stages: readonly Document[], env: PipelineEnv): Stage {
  return compileList(stages.map(checkStage), env, true);
}

/** Stages that give documents as they are stored, so that their text scores are still known. */
const CHOOSING = new Set(['$match', '$sort', '$skip', '$limit', '$sample']);

function compileList(stages: readonly Document[], scored: PipelineEnv, isStart: boolean): Stage {
  const unscored = { ...scored, text: undefined, textScore: undefined };
  const compiled: Stage[] = [];
  let isStored = true;
  for (let at = 0; at < stages.length; at += 1) {
    const [name, argument] = Object.entries(stages[at] ?? {})[0] ?? ['', undefined];
    if (!isStage(name)) throw located(40324, `Unrecognized pipeline stage name: '${name}'`);
    if (name === '$out' || name === '$merge') {
      throw located(40601, `${name} can only be the final stage in the pipeline`);
    }
    if (name === '$documents' && !(isStart && at === 0)) {
      throw located(40602, '$documents is only valid as the first stage in a pipeline');
    }
    const env = isStored && (name === '$sort' || name === '$group' || isTransformStage(name)) ? scored : unscored;
    compiled.push(
      name === '$sort'
        ? sortStage(argument, env, limitAfter(stages, at + 1))
        : compileStage(name, argument, { env, compile: compileInner }),
    );
    isStored &&= CHOOSING.has(name);
  }
  return (source) => compiled.reduce((documents, stage) => stage(documents), source);
}

/** How many documents a sort need keep for the `$skip` and `$limit` right after it; undefined for all. */
function limitAfter(stages: readonly Document[], from: number): number | undefined {
  let skipped = 0;
  for (const stage of stages.slice(from)) {
    if ('$skip' in stage) skipped += Number(String(stage.$skip));
    else return '$limit' in stage ? skipped + Number(String(stage.$limit)) : undefined;
  }
  return undefined;
}
