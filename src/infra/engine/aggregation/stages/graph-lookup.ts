import { Long } from 'bson';
import { failedToParse, located } from '../../errors.js';
import { compileExpression } from '../../expression/expression.js';
import { compileFilter } from '../../query/filter.js';
import { addToTree, compute, newTree } from '../../query/projection-tree.js';
import { hashKey } from '../../values/hash.js';
import { integerOf } from '../../values/numbers.js';
import { putField, valuesAt } from '../../values/path.js';
import { roughSize } from '../../values/size.js';
import { isDocument } from '../../values/types.js';
import type { Document, Value } from '../../values/types.js';
import type { PipelineEnv, Stage } from '../env.js';
import { MemoryBudget } from '../memory.js';

type Search = {
  readonly from: string;
  readonly as: string;
  readonly connectFromField: string;
  readonly connectToField: string;
  readonly maxDepth: number;
  readonly depthField: string | undefined;
  readonly restriction: Document;
};

const TEXTS = ['from', 'as', 'connectFromField', 'connectToField'] as const;
const PARTS = new Set<string>([...TEXTS, 'startWith', 'maxDepth', 'depthField', 'restrictSearchWithMatch']);

/** Adds to each document all that can be reached from it, step by step, in another collection; each document once. */
export function graphLookupStage(argument: Value, env: PipelineEnv): Stage {
  const search = readSearch(argument);
  const startWith = compileExpression(isDocument(argument) ? argument.startWith : undefined, env);
  compileFilter(search.restriction, env);
  let reached: Document[] = [];
  const tree = newTree();
  addToTree(tree, search.as, () => reached);
  return function* searched(source: Iterable<Document>) {
    for (const document of source) {
      reached = reachFrom(startWith(document) ?? null, search, env);
      yield compute(document, tree, document);
    }
  };
}

function reachFrom(start: Value, search: Search, env: PipelineEnv): Document[] {
  const budget = new MemoryBudget(env.memoryLimit, '$graphLookup');
  const found = new Map<string, Document>();
  const asked = new Set<string>();
  let frontier: readonly Value[] = Array.isArray(start) ? start : [start];
  for (let depth = 0; depth <= search.maxDepth; depth += 1) {
    const values = frontier.filter((value) => isNew(asked, value, env));
    if (values.length === 0) break;
    const next: Value[] = [];
    const filter = { $and: [{ [search.connectToField]: { $in: values } }, search.restriction] };
    for (const document of env.find(search.from, filter, env)) {
      env.checkTime();
      const key = hashKey(document._id);
      if (found.has(key)) continue;
      budget.take(roughSize(document));
      found.set(key, withDepth(document, search.depthField, depth));
      for (const value of valuesAt(document, search.connectFromField)) next.push(value);
    }
    frontier = next;
  }
  return [...found.values()];
}

function isNew(asked: Set<string>, value: Value, env: PipelineEnv): boolean {
  const key = hashKey(value, env.collation);
  if (asked.has(key)) return false;
  asked.add(key);
  return true;
}

function withDepth(document: Document, field: string | undefined, depth: number): Document {
  if (field === undefined) return document;
  const copy = { ...document };
  putField(copy, field, Long.fromNumber(depth));
  return copy;
}

function readSearch(argument: Value): Search {
  if (!isDocument(argument)) throw failedToParse('the $graphLookup stage specification must be an object');
  const unknown = Object.keys(argument).find((name) => !PARTS.has(name));
  if (unknown !== undefined) throw located(40104, `Unknown argument to $graphLookup: ${unknown}`);
  if (!('startWith' in argument)) throw located(40105, '$graphLookup requires startWith to be specified');
  const [from = '', as = '', connectFromField = '', connectToField = ''] = TEXTS.map((name) =>
    textOf(argument[name], name),
  );
  const { maxDepth, depthField, restrictSearchWithMatch: restriction = {} } = argument;
  const depth = maxDepth === undefined ? Number.POSITIVE_INFINITY : integerOf(maxDepth);
  if (depth === undefined) throw located(40102, 'maxDepth could not be represented as a long long');
  if (depth < 0) throw located(40101, `maxDepth requires a nonnegative argument, found: ${depth}`);
  if (!isDocument(restriction)) throw located(40185, 'restrictSearchWithMatch must be an object');
  return {
    from,
    as,
    connectFromField,
    connectToField,
    maxDepth: depth,
    depthField: depthField === undefined ? undefined : textOf(depthField, 'depthField'),
    restriction,
  };
}

function textOf(value: Value, name: string): string {
  if (value === undefined) throw located(40105, `$graphLookup requires ${name} to be specified`);
  if (typeof value !== 'string') throw located(40103, `expected string as argument for ${name}`);
  if (name !== 'from' && value.split('.').some((part) => part.startsWith('$'))) {
    throw located(16410, `FieldPath field names may not start with '$', given ${value} for ${name}`);
  }
  return value;
}
