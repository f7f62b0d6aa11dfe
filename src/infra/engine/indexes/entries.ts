import { cannotIndexParallelArrays } from '../errors.js';
import type { StoredDocument } from '../store/bson.js';
import type { Index, IndexField } from './index-spec.js';
import { EMPTY_ARRAY, storedKey, writeValue } from './keys.js';
import { KeyWriter } from './key-writer.js';
import { canWriteRaw, writeRawField } from './raw-keys.js';
import { fieldOf, isIndex } from '../values/path.js';
import { asDocument, type Document } from '../values/types.js';

/** What one document puts into one index. */
export type Entries = {
  keys: readonly Buffer[];
  /** Positions of the fields that reached an array. */
  multikey: readonly number[];
  hasCutKeys: boolean;
};

/** The values of an index's fields in one document; a field that reaches an array makes several rows. */
type Row = readonly unknown[];

const NONE: Entries = { keys: [], multikey: [], hasCutKeys: false };

const writer = new KeyWriter();

/**
 * The keys of a document in an index; none where a sparse or partial index leaves it out.
 *
 * @throws {EngineError} 171 if two of the index's fields reach different arrays.
 */
export function entriesOf(index: Index, stored: StoredDocument): Entries {
  if (index.isInert) return NONE;
  if (index.covers !== undefined && !index.covers(stored.document)) return NONE;
  return rawEntry(index, stored) ?? decodedEntries(index, stored.document);
}

/** The row whose key is `key`, for the message about a duplicate. */
export function rowWithKey(index: Index, document: Document, key: Buffer): Row {
  const { rows } = rowsOf(index.fields, document);
  return rows.find((row) => keyOf(index, row).key.equals(key)) ?? rows[0] ?? [];
}

/** Straight from the bytes, where every field is at the top and holds a plain value: the usual case, without decoding. */
function rawEntry(index: Index, { raw }: StoredDocument): Entries | undefined {
  if (index.isSparse || !canWriteRaw(raw, index.fields)) return undefined;
  writer.clear();
  for (const field of index.fields) {
    const from = writer.length;
    writeRawField(writer, raw, field, index.fold);
    if (field.direction < 0) writer.invert(from);
  }
  const { key, isCut } = storedKey(writer.take());
  return { keys: [key], multikey: [], hasCutKeys: isCut };
}

function decodedEntries(index: Index, document: Document): Entries {
  const { rows, multikey } = rowsOf(index.fields, document);
  if (index.isSparse && rows.every((row) => row.every((value) => value === undefined))) return NONE;
  const keys = new Map<string, Buffer>();
  let hasCutKeys = false;
  for (const row of rows) {
    const { key, isCut } = keyOf(index, row);
    keys.set(key.toString('latin1'), key);
    hasCutKeys ||= isCut;
  }
  return { keys: [...keys.values()], multikey, hasCutKeys };
}

function keyOf(index: Index, row: Row): { key: Buffer; isCut: boolean } {
  writer.clear();
  row.forEach((value, position) => {
    const from = writer.length;
    writeValue(writer, value, index.fold);
    if (index.fields[position]?.direction === -1) writer.invert(from);
  });
  return storedKey(writer.take());
}

/** How far the walk along one field's path has come. */
type Walk = { value: unknown; rest: readonly string[]; isMulti: boolean; hasCounted?: boolean };

function rowsOf(fields: readonly IndexField[], document: Document): { rows: Row[]; multikey: number[] } {
  const multikey = new Set<number>();
  const rows = expand(
    fields.map(({ path }) => ({ value: document, rest: path.split('.'), isMulti: false })),
    fields,
    multikey,
  );
  return { rows, multikey: [...multikey] };
}

/** Walks all paths to their ends; where some stand before an array, once for each of its elements. */
function expand(walks: readonly Walk[], fields: readonly IndexField[], multikey: Set<number>): Row[] {
  const stopped = walks.map(advance);
  stopped.forEach(({ hasCounted }, position) => void (hasCounted === true && multikey.add(position)));
  const array = stopped.find(isBeforeArray)?.value as readonly unknown[] | undefined;
  if (array === undefined) return [stopped.map(({ value }) => value)];
  const standing = stopped.map((walk, position) => {
    if (!isBeforeArray(walk)) return false;
    if (walk.value !== array) throw parallelArrays(fields, position, stopped.findIndex(isBeforeArray));
    multikey.add(position);
    return true;
  });
  if (array.length === 0) {
    return expand(
      stopped.map((walk, i) => (standing[i] ? ended(walk.rest.length === 0 ? EMPTY_ARRAY : undefined) : walk)),
      fields,
      multikey,
    );
  }
  return array.flatMap((element) =>
    expand(
      stopped.map((walk, i) => (standing[i] ? intoElement(walk, element) : walk)),
      fields,
      multikey,
    ),
  );
}

function advance(walk: Walk): Walk {
  let { value, rest, hasCounted } = walk;
  while (rest.length > 0) {
    const [name = '', ...others] = rest;
    if (Array.isArray(value)) {
      // 'items.0.price' names an element by its position; any other name is looked for in each element.
      if (!isIndex(name) || Number(name) >= value.length) break;
      value = value[Number(name)];
      hasCounted = true;
    } else {
      const document = asDocument(value);
      value = document === undefined ? undefined : fieldOf(document, name);
    }
    rest = value === undefined ? [] : others;
  }
  return hasCounted === true ? { ...walk, value, rest, hasCounted } : { ...walk, value, rest };
}

/** An array inside the array that was just entered is a value, not another array to enter. */
const isBeforeArray = ({ value, isMulti, rest }: Walk): boolean =>
  Array.isArray(value) && !(isMulti && rest.length === 0);

function intoElement({ rest }: Walk, element: unknown): Walk {
  if (rest.length === 0) return { value: element, rest, isMulti: true };
  return asDocument(element) === undefined ? ended(undefined) : { value: element, rest, isMulti: false };
}

const ended = (value: unknown): Walk => ({ value, rest: [], isMulti: true });

function parallelArrays(fields: readonly IndexField[], one: number, other: number): Error {
  return cannotIndexParallelArrays(
    `cannot index parallel arrays [${fields[one]?.path.split('.').at(-1)}] [${fields[other]?.path.split('.').at(-1)}]`,
  );
}
