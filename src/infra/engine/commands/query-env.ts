import { textFieldsOf } from '../indexes/text-index.js';
import type { Collection } from '../store/collection.js';
import { compileCollation } from '../values/collation.js';
import type { QueryEnv } from '../values/env.js';
import type { Document } from '../values/types.js';
import type { CommandContext } from './context.js';

type About = {
  /** What is asked; it lends its collation and its text index. */
  collection?: Collection | undefined;
  /** The collation that the command gives. */
  collation?: Document | undefined;
  /** The command's `let`. */
  variables?: Document | undefined;
};

/** What the filters, expressions and updates of one command may use. */
export function queryEnv({ now, deadline }: Pick<CommandContext, 'now' | 'deadline'>, about: About = {}): QueryEnv {
  return {
    collation: compileCollation(collationOf(about.collection, about.collation)),
    now,
    variables: about.variables,
    text: about.collection === undefined ? undefined : textFieldsOf(about.collection.indexes),
    checkTime: deadline.check,
  };
}

/** The command's collation, or else the collection's. */
export const collationOf = (collection: Collection | undefined, given: Document | undefined): Document | undefined =>
  given ?? (collection?.options.collation as Document | undefined);
