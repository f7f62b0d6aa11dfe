import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../../src/infra/engine/aggregation/pipeline.js';
import { EngineError } from '../../src/infra/engine/errors.js';
import { compileFilter } from '../../src/infra/engine/query/filter.js';
import { compileProjection } from '../../src/infra/engine/query/projection.js';
import { compileUpdate } from '../../src/infra/engine/query/update.js';
import { compareValues, equalValues } from '../../src/infra/engine/values/compare.js';
import { isDocument, isNumber, typeName } from '../../src/infra/engine/values/types.js';
import type { Document, Value } from '../../src/infra/engine/values/types.js';
import { anyDocument, anyNumber, anyPath, anyValue } from './arbitraries.js';
import { env, typed } from './bson.js';

/** Every value that a path may mean, an array and its elements; as plainly as it can be said. */
function meant(value: Value, parts: readonly string[]): Value[] {
  const [part, ...rest] = parts;
  if (part === undefined) return Array.isArray(value) ? [value, ...(value as Value[])] : [value];
  if (Array.isArray(value)) {
    const counted = /^\d+$/.test(part) && Number(part) < value.length ? meant(value[Number(part)], rest) : [];
    return [...counted, ...value.filter(isDocument).flatMap((element) => meant(element, parts))];
  }
  return isDocument(value) && part in value ? meant(value[part], rest) : [undefined];
}

const isNaNNumber = (value: Value): boolean => isNumber(value) && String(value) === 'NaN';
const isNullish = (value: Value): boolean => value === null || value === undefined;
const isAnyOrder = (value: Value): boolean => ['minKey', 'maxKey'].includes(typeName(value));
const sameKind = (left: Value, right: Value): boolean =>
  (isNumber(left) && isNumber(right)) || typeName(left) === typeName(right);

const equals = (value: Value, target: Value): boolean =>
  isNullish(target) ? isNullish(value) : equalValues(value, target);

function inRange(value: Value, operator: string, bound: Value): boolean {
  const includesEqual = operator.endsWith('e');
  if (isNullish(bound)) return includesEqual && isNullish(value);
  if (!isAnyOrder(bound) && !sameKind(value, bound)) return false;
  const isUnordered = !isAnyOrder(bound) && (isNaNNumber(value) || isNaNNumber(bound));
  if (isUnordered) return includesEqual && isNaNNumber(value) && isNaNNumber(bound);
  const order = compareValues(value, bound);
  return (includesEqual && order === 0) || (operator.startsWith('$g') ? order > 0 : order < 0);
}

const isPattern = (value: Value): boolean => typeName(value) === 'regex';

describe('a filter', () => {
  const target = anyValue.filter((value) => !isPattern(value));

  it('finds what a plain reading of it finds', () => {
    fc.assert(
      fc.property(
        anyDocument,
        anyPath,
        fc.constantFrom('$gt', '$gte', '$lt', '$lte'),
        target,
        (document, path, operator, bound) => {
          const values = meant(document, path.split('.'));
          const finds = (condition: Value): boolean => compileFilter({ [path]: condition }, env())(document);

          expect(finds({ $eq: bound })).toBe(values.some((value) => equals(value, bound)));
          expect(finds({ $ne: bound })).toBe(!values.some((value) => equals(value, bound)));
          expect(finds({ $in: [bound] })).toBe(values.some((value) => equals(value, bound)));
          expect(finds({ [operator]: bound })).toBe(values.some((value) => inRange(value, operator, bound)));
          expect(finds({ $not: { [operator]: bound } })).toBe(!finds({ [operator]: bound }));
        },
      ),
      { numRuns: 3000 },
    );
  });
});

function freeze<T>(value: T): T {
  if (Array.isArray(value) || isDocument(value)) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}

const anyUpdate: fc.Arbitrary<Document> = fc
  .tuple(
    fc.constantFrom('$set', '$unset', '$min', '$max', '$push', '$addToSet', '$pull', '$pop', '$inc', '$rename'),
    anyPath,
    anyValue,
    anyNumber,
    anyPath,
  )
  .map(([operator, path, value, number, other]) => {
    const argument = operator === '$inc' ? number : operator === '$rename' ? other : value;
    return { [operator]: { [path]: argument } };
  });

/** What it gives, or the failure that it was refused with; any other failure is a fault of ours. */
function attempt<T>(run: () => T): T | EngineError {
  try {
    return run();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}

describe('an update', () => {
  it('alters nothing that it was given, and gives the same each time', () => {
    fc.assert(
      fc.property(anyDocument, anyUpdate, (document, update) => {
        freeze(document);
        const once = () =>
          attempt(() => compileUpdate(update, { env: env() }).apply(document, { isInsert: false, filter: {} }));

        const [first, second] = [once(), once()];

        expect(first instanceof EngineError ? first.code : typed(first)).toEqual(
          second instanceof EngineError ? second.code : typed(second),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('that sets a value makes a filter find it', () => {
    fc.assert(
      fc.property(anyDocument, anyPath, anyValue, (document, path, value) => {
        fc.pre(!isPattern(value));
        const updated = attempt(() =>
          compileUpdate({ $set: { [path]: value } }, { env: env() }).apply(document, { isInsert: false, filter: {} }),
        );
        fc.pre(!(updated instanceof EngineError));

        expect(compileFilter({ [path]: { $eq: value } }, env())(updated)).toBe(true);
      }),
    );
  });
});

/** Names that mean something somewhere. */
const WORDS = (
  'a b a.b a.$ a.$[] a.0 _id input in as cond vars field value date unit amount startDate endDate timezone format path ' +
  'pipeline from localField foreignField newRoot size k v n sortBy output branches case then default if else to regex ' +
  '$eq $ne $gt $in $nin $and $or $nor $not $exists $type $regex $options $mod $size $all $elemMatch $bitsAllSet $expr ' +
  '$jsonSchema $set $unset $inc $mul $min $max $rename $push $each $slice $sort $position $addToSet $pop $pull $pullAll ' +
  '$bit $currentDate $match $project $group $limit $skip $unwind $lookup $replaceWith $facet $sample $unionWith $merge ' +
  '$documents $count $add $subtract $multiply $divide $pow $round $concat $substrCP $split $indexOfCP $trim $map $filter ' +
  '$reduce $let $literal $cond $switch $ifNull $arrayElemAt $concatArrays $range $zip $sortArray $setUnion $mergeObjects ' +
  '$getField $setField $objectToArray $arrayToObject $convert $toString $toDate $toInt $dateToString $dateFromString ' +
  '$dateTrunc $dateAdd $dateDiff $year $dateFromParts $regexFindAll $sum $avg $first $last $top $topN $firstN $minN'
).split(' ');

/** Anything that may come over the wire in the place of a filter, an update or a pipeline. */
const { odd } = fc.letrec<{ odd: Value }>((tie) => ({
  odd: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    { weight: 3, arbitrary: anyValue },
    { weight: 3, arbitrary: fc.constantFrom<Value>('$a', '$a.b', '$$ROOT', '$$x', '$', 'a', '$$NOW', 'UTC', 'day') },
    { weight: 2, arbitrary: fc.array(tie('odd'), { maxLength: 4 }) },
    {
      weight: 6,
      arbitrary: fc.dictionary(fc.constantFrom(...WORDS), tie('odd'), { maxKeys: 3, noNullPrototype: true }),
    },
  ),
}));

const oddDocument = fc.dictionary(fc.constantFrom(...WORDS), odd, { minKeys: 1, maxKeys: 2, noNullPrototype: true });

describe('what makes no sense', () => {
  const numRuns = Number(process.env.ENGINE_FUZZ_RUNS ?? 3000);

  it('in a filter or a projection is refused by name, or means something', () => {
    fc.assert(
      fc.property(oddDocument, anyDocument, (query, document) => {
        attempt(() => compileFilter(query, env())(document));
        attempt(() => compileFilter({ a: query }, env())(document));
        attempt(() => compileProjection(query, env())(document));
      }),
      { numRuns },
    );
  });

  it('in an update is refused by name, or means something', () => {
    fc.assert(
      fc.property(oddDocument, anyDocument, fc.boolean(), (update, document, isInsert) => {
        attempt(() => compileUpdate(update, { env: env() }).apply(document, { isInsert, filter: { a: 1 } }));
        attempt(() => compileUpdate([{ $set: update }], { env: env() }).apply(document, { isInsert, filter: {} }));
      }),
      { numRuns },
    );
  });

  it('in a pipeline is refused by name, or means something', () => {
    const names = WORDS.filter((word) =>
      /^\$(match|project|group|limit|skip|unwind|lookup|replaceWith|facet|sample|unionWith|merge|documents|count|set|unset|sort)$/.test(
        word,
      ),
    );
    const stages = fc.array(
      fc.tuple(fc.constantFrom(...names), odd).map(([name, argument]) => ({ [name]: argument })),
      { maxLength: 3 },
    );

    fc.assert(
      fc.property(stages, fc.array(anyDocument, { maxLength: 3 }), (pipeline, documents) => {
        attempt(() => [
          ...compilePipeline(pipeline, { ...env(), memoryLimit: 1e6, find: () => documents }).run(documents),
        ]);
        attempt(() => [
          ...compilePipeline([{ $project: { a: pipeline[0] } }], { ...env(), memoryLimit: 1e6, find: () => [] }).run(
            documents,
          ),
        ]);
      }),
      { numRuns },
    );
  });
});
