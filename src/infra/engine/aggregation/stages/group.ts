import { Int32 } from 'bson';
import { located } from '../../errors.js';
import { compileExpression } from '../../expression/expression.js';
import { hashKey } from '../../values/hash.js';
import { putField } from '../../values/path.js';
import { roughSize } from '../../values/size.js';
import { isDocument, isNumber } from '../../values/types.js';
import type { Document, Value } from '../../values/types.js';
import { compileAccumulator } from '../accumulators.js';
import type { Accumulator, NewAccumulator } from '../accumulator.js';
import type { PipelineEnv, Stage } from '../env.js';
import { MemoryBudget } from '../memory.js';
import { sortStage } from './sort.js';

type Group = { readonly id: Value; readonly accumulators: readonly Accumulator[] };

/** Groups come in the order of their first documents. Missing and null are one key. */
export function groupStage(argument: Value, env: PipelineEnv): Stage {
  if (!isDocument(argument)) throw located(15947, "a group's fields must be specified in an object");
  if (!('_id' in argument)) throw located(15955, 'a group specification must include an _id');
  const idOf = compileExpression(argument._id, env);
  const { _id: _, ...accumulated } = argument;
  const fields = compileFields(accumulated, env);
  return function* grouped(source: Iterable<Document>) {
    const budget = new MemoryBudget(env.memoryLimit, '$group');
    const groups = new Map<string, Group>();
    for (const document of source) {
      env.checkTime();
      const id = idOf(document) ?? null;
      const key = hashKey(id, env.collation);
      let group = groups.get(key);
      if (group === undefined) {
        group = { id, accumulators: fields.map(({ begin }) => begin(id)) };
        groups.set(key, group);
        budget.take(key.length + roughSize(id) + 64);
      }
      for (const accumulator of group.accumulators) {
        const grown = accumulator.add(document);
        if (grown > 0) budget.take(grown);
      }
    }
    for (const { id, accumulators } of groups.values()) {
      const result: Document = { _id: id };
      for (const [at, { name }] of fields.entries()) putField(result, name, accumulators[at]?.result());
      yield result;
    }
  };
}

/** Whether a stage is `{ $count: … }` or such as `{ $group: { _id: 1, n: { $sum: 1 } } }`, by which drivers count. */
export function onlyCounts(stage: Document | undefined): boolean {
  if (stage === undefined || typeof stage.$count === 'string') return stage !== undefined;
  const { $group: group } = stage;
  if (!isDocument(group) || !isLiteral(group._id)) return false;
  return Object.entries(group).every(([name, spec]) => name === '_id' || (isDocument(spec) && isLiteral(spec.$sum)));
}

const isLiteral = (value: Value): boolean => value === null || isNumber(value);

/** The fields of a group, each with what gathers it. */
export const compileFields = (fields: Document, env: PipelineEnv): { name: string; begin: NewAccumulator }[] =>
  Object.entries(fields).map(([name, spec]) => ({ name: checkName(name), begin: compileField(name, spec, env) }));

function checkName(name: string): string {
  if (name.includes('.')) throw located(40235, `The field name '${name}' cannot contain '.'`);
  if (name.startsWith('$')) throw located(40236, `The field name '${name}' cannot be an operator name`);
  return name;
}

function compileField(name: string, spec: Value, env: PipelineEnv): NewAccumulator {
  if (!isDocument(spec) || Object.keys(spec).length === 0) {
    throw located(40234, `The field '${name}' must be an accumulator object`);
  }
  const [[operator, argument] = ['', undefined], ...others] = Object.entries(spec);
  if (others.length > 0) throw located(40238, `The field '${name}' must specify one accumulator`);
  if (!operator.startsWith('$')) throw located(40234, `The field '${name}' must be an accumulator object`);
  return compileAccumulator(operator, argument, env);
}

/** The values of an expression with how often they came, the most frequent first. */
export function sortByCountStage(argument: Value, env: PipelineEnv): Stage {
  const isPath = typeof argument === 'string' && argument.startsWith('$');
  const isExpression = isDocument(argument) && (Object.keys(argument)[0] ?? '').startsWith('$');
  if (!isPath && !isExpression) {
    throw located(
      40148,
      'the sortByCount field must be defined as a $-prefixed path or an expression inside an object',
    );
  }
  const group = groupStage({ _id: argument, count: { $sum: new Int32(1) } }, env);
  const sort = sortStage({ count: new Int32(-1) }, env);
  return (source) => sort(group(source));
}
