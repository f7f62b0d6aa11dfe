import { located } from '../../errors.js';
import { compileSortKeys } from '../../query/sort.js';
import type { SortKey } from '../../query/sort.js';
import { roughSize } from '../../values/size.js';
import { isDocument } from '../../values/types.js';
import type { Document, Value } from '../../values/types.js';
import type { PipelineEnv, Stage } from '../env.js';
import { MemoryBudget } from '../memory.js';

type Entry = { readonly document: Document; readonly key: SortKey; readonly size: number };

/**
 * Sorts all documents, those with equal keys in the order in which they came.
 *
 * @param most Only so many of the first are wanted, so that no more than twice as many are held at once.
 */
export function sortStage(argument: Value, env: PipelineEnv, most = Number.POSITIVE_INFINITY): Stage {
  if (!isDocument(argument)) throw located(15973, 'the $sort key specification must be an object');
  if (Object.keys(argument).length === 0) throw located(15976, '$sort stage must have at least one sort key');
  const { keyOf, compare } = compileSortKeys(argument, env.collation, env.textScore);
  const inOrder = (left: Entry, right: Entry): number => {
    env.checkTime();
    return compare(left.key, right.key);
  };
  return function* sorted(source: Iterable<Document>) {
    const budget = new MemoryBudget(env.memoryLimit, '$sort');
    let entries: Entry[] = [];
    for (const document of source) {
      env.checkTime();
      const entry = { document, key: keyOf(document), size: roughSize(document) };
      budget.take(entry.size);
      entries.push(entry);
      if (entries.length >= most * 2 + 16) entries = firstOf(entries.toSorted(inOrder), most, budget);
    }
    entries.sort(inOrder);
    for (const { document } of entries.slice(0, most)) yield document;
  };
}

function firstOf(entries: readonly Entry[], most: number, budget: MemoryBudget): Entry[] {
  for (const { size } of entries.slice(most)) budget.give(size);
  return entries.slice(0, most);
}
