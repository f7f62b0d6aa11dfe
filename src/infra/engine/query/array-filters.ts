import { badValue, failedToParse } from '../errors.js';
import type { QueryEnv } from '../values/env.js';
import { splitPath } from '../values/path.js';
import { show } from '../values/show.js';
import { isDocument } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { compileElementFilter } from './filter.js';

/** What decides for `$[name]` which elements of an array are changed. */
export type ArrayFilters = ReadonlyMap<string, (element: Value) => boolean>;

/** @throws {EngineError} 9 for a filter without one name, for two of one name, and for one that the update does not use. */
export function compileArrayFilters(list: readonly Document[], update: Document, env: QueryEnv): ArrayFilters {
  const filters = new Map<string, (element: Value) => boolean>();
  const used = usedNames(update);
  for (const filter of list) {
    const names = new Set<string>();
    const matches = compileElementFilter(renameFields(filter, names), env);
    const name = onlyName(names);
    if (filters.has(name)) {
      throw failedToParse(`Found multiple array filters with the same top-level field name ${name}`);
    }
    if (!used.has(name)) {
      throw failedToParse(`The array filter for identifier '${name}' was not used in the update ${show(update)}`);
    }
    filters.set(name, (element) => matches({ element }));
  }
  return filters;
}

function usedNames(update: Document): Set<string> {
  const paths = Object.values(update).flatMap((fields) => (isDocument(fields) ? Object.keys(fields) : []));
  return new Set(paths.flatMap(splitPath).flatMap((part) => /^\$\[(.+)\]$/.exec(part)?.[1] ?? []));
}

/** The same filter on the field `element`; collects the names that it had instead. */
function renameFields(filter: Document, names: Set<string>): Document {
  if (!isDocument(filter)) throw failedToParse('Array filters must be objects');
  return Object.fromEntries(
    Object.entries(filter).map(([field, condition]) => {
      if (Array.isArray(condition) && (field === '$and' || field === '$or' || field === '$nor')) {
        return [field, condition.map((branch: Document) => renameFields(branch, names))];
      }
      if (field.startsWith('$')) return [field, condition];
      const [name = '', ...rest] = splitPath(field);
      names.add(name);
      return [['element', ...rest].join('.'), condition];
    }),
  );
}

function onlyName(names: ReadonlySet<string>): string {
  const [name, ...others] = names;
  if (name === undefined) {
    throw failedToParse('Cannot use an expression without a top-level field name in arrayFilters');
  }
  if (others.length > 0) {
    throw failedToParse(
      `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${name}' and '${others[0]}'`,
    );
  }
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) {
    throw badValue(
      `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`,
    );
  }
  return name;
}
