import { isIndex } from '../values/path.js';
import { asDocument, type Document, isNumber, type Value } from '../values/types.js';
import { type Bounds, boundsOf, type KeyRange } from './bounds.js';
import { implies } from './implication.js';
import { type Index, isSameCollation } from './index-spec.js';
import { isOperators, type Predicate, predicatesOf } from './predicates.js';

/** Some ranges of one index. */
export type IndexAccess = { index: Index; ranges: readonly KeyRange[] };

/** Where to look for the documents that a filter wants. What is found there is still checked against the filter. */
export type Plan =
  | { kind: 'collection'; isReverse: boolean }
  | {
      kind: 'indexes';
      /** More than one for the branches of `$or`. */
      accesses: readonly IndexAccess[];
      isReverse: boolean;
      /** The documents come in the order that was asked for. */
      isSorted: boolean;
      /** All that is found matches: the filter says no more than the index does. */
      isExact: boolean;
    };

export type Question = {
  filter: Document;
  sort?: Document | undefined;
  collation?: Document | undefined;
  /** Only this index, whatever it costs. */
  hint?: Index | undefined;
};

type Candidate = { index: Index; bounds: Bounds; order: Order; score: number };
type Order = 'none' | 'forward' | 'backward';

/** Chooses the index that leaves the fewest documents to look at, by rule of thumb; none, where none helps. */
export function planFor(indexes: readonly Index[], question: Question): Plan {
  const predicates = predicatesOf(question.filter);
  const best = bestIndex(indexes, predicates, question);
  if (best !== undefined) return planOf(best, question);
  return planOfBranches(indexes, question) ?? { kind: 'collection', isReverse: false };
}

function bestIndex(
  indexes: readonly Index[],
  predicates: ReadonlyMap<string, Predicate>,
  question: Question,
): Candidate | undefined {
  let best: Candidate | undefined;
  for (const index of indexes) {
    if (question.hint === undefined ? index.isHidden : index !== question.hint) continue;
    const candidate = candidateFor(index, predicates, question);
    if (candidate === undefined) continue;
    if (question.hint !== undefined || (candidate.score > 0 && candidate.score > (best?.score ?? 0))) best = candidate;
  }
  return best;
}

function candidateFor(
  index: Index,
  predicates: ReadonlyMap<string, Predicate>,
  { sort, collation, hint }: Question,
): Candidate | undefined {
  if (index.isInert || isAmbiguous(index)) return undefined;
  const isForced = hint !== undefined;
  // Under a collation a filter lets more texts through than the plain reading of it implies.
  const isPlain = isSameCollation(undefined, collation);
  const isCovered = index.partialFilter === undefined || (isPlain && implies(predicates, index.partialFilter));
  if (!isCovered && !isForced) return undefined;
  const isWanted = index.fields.some(({ path }) => predicates.get(path)?.needsField === true);
  if (index.isSparse && !isWanted && !isForced) return undefined;
  const bounds = boundsOf(index, predicates, collation);
  const order = orderOf(index, bounds, sort, collation);
  return { index, bounds, order, score: scoreOf(index, bounds, order) };
}

/**
 * In a list `a`, `a.0` is its first element and the field `0` of each of its elements; a filter asks for both, and an index holds the
 * first alone.
 */
const isAmbiguous = ({ fields, multikey }: Index): boolean =>
  fields.some(({ path }, position) => multikey.has(position) && path.split('.').slice(1).some(isIndex));

/** Whether the index gives the documents in the order that was asked for. */
function orderOf(index: Index, bounds: Bounds, sort: Document | undefined, collation: Document | undefined): Order {
  if (sort === undefined || index.multikey.size > 0 || index.hasCutKeys) return 'none';
  if (index.fold !== undefined || !isSameCollation(index.collation, collation)) return 'none';
  // The ranges of several prefixes are in order one by one only.
  if (bounds.pinned > bounds.pinnedToOne) return 'none';
  const pinnedPaths = new Set(index.fields.slice(0, bounds.pinnedToOne).map(({ path }) => path));
  let position = bounds.pinnedToOne;
  let turn = 0;
  for (const [path, direction] of Object.entries(sort)) {
    if (pinnedPaths.has(path)) continue;
    const field = index.fields[position++];
    if (field?.path !== path || !isNumber(direction)) return 'none';
    const fieldTurn = Number(direction) * field.direction;
    if (turn !== 0 && fieldTurn !== turn) return 'none';
    turn = fieldTurn;
  }
  return turn < 0 ? 'backward' : 'forward';
}

function scoreOf({ isUnique, fields, isOfId }: Index, { pinned, hasRange }: Bounds, order: Order): number {
  const isOneDocument = isUnique && pinned === fields.length;
  return (
    pinned * 10 +
    (hasRange ? 5 : 0) +
    (order === 'none' ? 0 : 3) +
    (isOneDocument ? 20 : 0) +
    (isOfId && pinned > 0 ? 5 : 0)
  );
}

function planOf({ index, bounds, order }: Candidate, { filter, collation }: Question): Plan {
  return {
    kind: 'indexes',
    accesses: [{ index, ranges: bounds.ranges }],
    isReverse: order === 'backward',
    isSorted: order !== 'none',
    isExact: isExact(index, bounds, filter, collation),
  };
}

/** True for filters such as `{ _id: 'a' }`: nothing but plain equalities, each with its own field of the index. */
function isExact(index: Index, bounds: Bounds, filter: Document, collation: Document | undefined): boolean {
  if (index.multikey.size > 0 || index.hasCutKeys || index.fold !== undefined) return false;
  if (!isSameCollation(index.collation, collation)) return false;
  const conditions = Object.entries(filter);
  const pinned = new Set(index.fields.slice(0, bounds.pinnedToOne).map(({ path }) => path));
  return conditions.every(
    ([path, condition]) => pinned.has(path) && condition !== null && condition !== undefined && !isOperators(condition),
  );
}

/** A top-level `$or` whose every branch has an index: the union of what they find. */
function planOfBranches(indexes: readonly Index[], question: Question): Plan | undefined {
  const branches: Value = question.filter.$or;
  if (!Array.isArray(branches) || branches.length === 0 || question.hint !== undefined) return undefined;
  const accesses: IndexAccess[] = [];
  for (const branch of branches) {
    const filter = asDocument(branch);
    if (filter === undefined) return undefined;
    const best = bestIndex(indexes, predicatesOf(filter), { ...question, filter, sort: undefined });
    if (best === undefined || (best.bounds.pinned === 0 && !best.bounds.hasRange)) return undefined;
    accesses.push({ index: best.index, ranges: best.bounds.ranges });
  }
  return { kind: 'indexes', accesses, isReverse: false, isSorted: false, isExact: false };
}
