import { Int32 } from 'bson';
import { located } from '../../errors.js';
import { compileExpression } from '../../expression/expression.js';
import { compareValues } from '../../values/compare.js';
import { integerOf } from '../../values/numbers.js';
import { putField } from '../../values/path.js';
import { isDocument } from '../../values/types.js';
import type { Document, Value } from '../../values/types.js';
import type { NewAccumulator } from '../accumulator.js';
import type { PipelineEnv, Stage } from '../env.js';
import { held } from './combine.js';
import { compileFields } from './group.js';

type Entry = { readonly value: Value; readonly document: Document };
type Bucket = Entry[];

/**
 * Groups of neighbouring values, of about the same number of documents each. Equal values are in one group; each group
 * ends where the next begins.
 */
export function bucketAutoStage(argument: Value, env: PipelineEnv): Stage {
  if (!isDocument(argument)) throw located(40240, 'The argument to $bucketAuto must be an object');
  const unknown = Object.keys(argument).find((name) => !['groupBy', 'buckets', 'output'].includes(name));
  if (unknown !== undefined) throw located(40245, `Unrecognized option to $bucketAuto: ${unknown}.`);
  if (!('groupBy' in argument) || !('buckets' in argument)) {
    throw located(40246, "$bucketAuto requires 'groupBy' and 'buckets' to be specified.");
  }
  const most = integerOf(argument.buckets);
  if (most === undefined) throw located(40241, "The $bucketAuto 'buckets' field must be an integer.");
  if (most <= 0) throw located(40243, "The $bucketAuto 'buckets' field must be greater than 0.");
  const { output = { count: { $sum: new Int32(1) } } } = argument;
  if (!isDocument(output)) throw located(40244, "The $bucketAuto 'output' field must be an object.");
  const valueOf = compileExpression(argument.groupBy, env);
  const fields = compileFields(output, env);
  return function* bucketed(source: Iterable<Document>) {
    const entries = held(source, env, '$bucketAuto')
      .map((document) => ({ document, value: valueOf(document) ?? null }))
      .toSorted((left, right) => compareValues(left.value, right.value, env.collation));
    const buckets = divide(entries, most, env);
    for (const [at, bucket] of buckets.entries()) yield describe(bucket, buckets[at + 1], fields);
  };
}

function divide(entries: readonly Entry[], most: number, env: PipelineEnv): Bucket[] {
  const size = Math.max(1, Math.round(entries.length / most));
  const buckets: Bucket[] = [];
  let from = 0;
  while (from < entries.length) {
    let to = buckets.length === most - 1 ? entries.length : Math.min(entries.length, from + size);
    const greatest = entries[to - 1]?.value;
    while (to < entries.length && compareValues(entries[to]?.value, greatest, env.collation) === 0) to += 1;
    buckets.push(entries.slice(from, to));
    from = to;
  }
  return buckets;
}

function describe(
  bucket: Bucket,
  next: Bucket | undefined,
  fields: readonly { name: string; begin: NewAccumulator }[],
): Document {
  const id = { min: bucket[0]?.value, max: (next === undefined ? bucket.at(-1) : next[0])?.value };
  const result: Document = { _id: id };
  for (const { name, begin } of fields) {
    const accumulator = begin(id);
    for (const { document } of bucket) accumulator.add(document);
    putField(result, name, accumulator.result());
  }
  return result;
}
