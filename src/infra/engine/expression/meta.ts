import { Double } from 'bson';
import { badValue, located } from '../errors.js';
import type { QueryEnv } from '../values/env.js';
import { show } from '../values/show.js';
import { asDocument } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import type { Operators } from './operator.js';

/** What `$meta` gives for a document as it is stored. @throws {EngineError} 40218 where no `$text` has found it. */
export function compileMeta(
  argument: Value,
  { textScore }: Pick<QueryEnv, 'textScore'>,
): (document: Document) => Value {
  if (argument !== 'textScore') throw badValue(`Unsupported argument to $meta: ${show(argument)}`);
  if (textScore === undefined) throw located(40218, 'query requires text score metadata, but it is not available');
  return (document) => new Double(textScore(document));
}

export const META: Operators = {
  $meta(argument, { env }) {
    const evaluate = compileMeta(argument, env);
    return (root) => evaluate(asDocument(root) ?? {});
  },
};
