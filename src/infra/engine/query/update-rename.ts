import { badValue } from '../errors.js';
import { isIndex, splitPath, valueAt } from '../values/path.js';
import type { Path } from '../values/path.js';
import { show } from '../values/show.js';
import type { Document } from '../values/types.js';
import type { Action, ActionSpec } from './update-action.js';
import { parseUpdatePath, writeAt } from './update-path.js';

/** Takes the value from one path and sets it at the other. Neither may lead through an array. */
export function compileRename({ path, argument, filters }: ActionSpec): Action {
  if (typeof argument !== 'string') {
    throw badValue(`The 'to' field for $rename must be a string: ${path}: ${show(argument)}`);
  }
  checkFixed(path, 'source');
  checkFixed(argument, 'destination');
  if (path === argument) throw badValue(`The source and target field for $rename must differ: ${path}: "${argument}"`);
  const from = parseUpdatePath(path, filters);
  const to = parseUpdatePath(argument, filters);
  return {
    paths: [argument, path],
    apply(document, context) {
      const value = valueAt(document, from);
      const without = writeAt(document, { parts: from, change: () => undefined, manner: 'existing', filters, context });
      if (value === undefined) return document;
      checkNoArray(document, from, 'source');
      checkNoArray(document, to, 'destination');
      return writeAt(without, { parts: to, change: () => value, manner: 'create', filters, context });
    },
  };
}

function checkFixed(path: string, which: string): void {
  if (splitPath(path).some((part) => part === '$' || part.startsWith('$['))) {
    throw badValue(`The ${which} field for $rename may not be dynamic: ${path}`);
  }
}

function checkNoArray(document: Document, path: Path, which: string): void {
  for (const [at, part] of path.entries()) {
    if (at > 0 && isIndex(part) && Array.isArray(valueAt(document, path.slice(0, at)))) {
      throw badValue(
        `The ${which} field cannot be an array element, '${path.join('.')}' in doc with _id: ${show(document._id ?? null)} has an array field called '${path[at - 1]}'`,
      );
    }
  }
}
