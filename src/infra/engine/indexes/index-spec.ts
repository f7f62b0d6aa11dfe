import { Int32 } from 'bson';
import { compileCollation } from '../values/collation.js';
import { ruleEnv } from './rule-env.js';
import { compileFilter } from '../query/filter.js';
import { fieldName } from '../store/bson-fields.js';
import { prefix, Space } from '../store/key-space.js';
import type { Fold } from './keys.js';
import { type Document, isNumber, type Value } from '../values/types.js';

export type IndexField = {
  path: string;
  direction: 1 | -1;
  /** For a top-level field: its name, as {@link fieldName} makes it, to read it from bytes. */
  rawName: Buffer | undefined;
};

/** An index as the engine works with it. `spec` is what listIndexes shows. */
export type Index = {
  readonly id: number;
  /** What each of its keys in the data file starts with. */
  readonly prefix: Buffer;
  spec: Document;
  name: string;
  fields: readonly IndexField[];
  isUnique: boolean;
  /** Every collection has one on `_id`; it cannot be dropped. */
  isOfId: boolean;
  isSparse: boolean;
  /** Hidden indexes are kept up to date, but not used by queries. */
  isHidden: boolean;
  /** Text, geo and hashed indexes are in the catalog only: they hold no keys, and no query uses them. */
  isInert: boolean;
  partialFilter: Document | undefined;
  /** Whether the partial filter takes a document in. */
  covers: ((document: Document) => boolean) | undefined;
  expireAfterSeconds: number | undefined;
  collation: Document | undefined;
  fold: Fold | undefined;
  /** Positions of the fields through which some document has reached an array. */
  multikey: ReadonlySet<number>;
  /** Whether some key was too long to be kept whole: such an index gives no order. */
  hasCutKeys: boolean;
};

const ID_INDEX = '_id_';

type IndexState = { multikey: ReadonlySet<number>; hasCutKeys: boolean };

const UNTOUCHED: IndexState = { multikey: new Set(), hasCutKeys: false };

export function indexFromSpec(id: number, spec: Document, state: IndexState = UNTOUCHED): Index {
  const partialFilter = spec.partialFilterExpression as Document | undefined;
  const expiry = spec.expireAfterSeconds;
  const isOfId = spec.name === ID_INDEX || spec.clustered === true;
  const collation = spec.collation as Document | undefined;
  return {
    id,
    prefix: prefix(Space.index, id),
    spec,
    name: String(spec.name),
    fields: fieldsOfKey(spec.key as Document),
    isUnique: isOfId || isTrue(spec.unique),
    isOfId,
    isSparse: isTrue(spec.sparse),
    isHidden: isTrue(spec.hidden),
    isInert: Object.entries(spec.key as Document).some(
      ([path, direction]) => typeof direction === 'string' || path.includes('$**'),
    ),
    partialFilter,
    covers: partialFilter === undefined ? undefined : compileFilter(partialFilter, ruleEnv(collation)),
    expireAfterSeconds: expiry === undefined ? undefined : Number(expiry),
    collation,
    fold: compileCollation(collation)?.key,
    ...state,
  };
}

function fieldsOfKey(key: Document): IndexField[] {
  return Object.entries(key)
    .filter(([, direction]) => typeof direction !== 'string')
    .map(([path, direction]) => ({
      path,
      direction: Number(direction) < 0 ? -1 : 1,
      rawName: path.includes('.') ? undefined : fieldName(path),
    }));
}

/** The index on `_id` that a new collection has; a clustered collection gives it a name of its own. */
export function idIndexSpec({ collation, clusteredIndex }: Document): Document {
  const named = clusteredIndex as { name?: string } | undefined;
  return {
    v: new Int32(2),
    key: { _id: new Int32(1) },
    name: named === undefined ? ID_INDEX : (named.name ?? ID_INDEX),
    ...(named === undefined ? {} : { unique: true, clustered: true }),
    ...(collation === undefined ? {} : { collation }),
  };
}

/** As listIndexes shows it. */
export function showIndex({ spec }: Index): Document {
  const { v, key, name, ...rest } = spec;
  return { v, key, name, ...rest };
}

export const isTrue = (value: unknown): boolean => value === true || (typeof value === 'object' && Number(value) > 0);

/** As mongod. With much more, the instant before which documents expire is none that a Date can hold. */
const MAX_EXPIRY_SECONDS = 0x7fff_ffff;

/** Whether documents can expire so many seconds after their date. */
export const isExpiry = (seconds: Value): boolean =>
  isNumber(seconds) && Number(seconds) >= 0 && Number(seconds) <= MAX_EXPIRY_SECONDS;

/** Whether two collations order and equate strings in the same way. */
export function isSameCollation(one: Document | undefined, other: Document | undefined): boolean {
  return collationName(one) === collationName(other);
}

function collationName(collation: Document | undefined): string {
  if (collation === undefined || collation.locale === 'simple') return 'simple';
  const { locale, strength, caseLevel, numericOrdering, alternate, caseFirst } = collation;
  return JSON.stringify([
    locale,
    Number(strength ?? 3),
    caseLevel === true,
    numericOrdering === true,
    alternate ?? 'non-ignorable',
    caseFirst ?? 'off',
  ]);
}
