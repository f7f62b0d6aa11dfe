import type { Collation } from './collation.js';
import type { Document } from './types.js';

/** What one command says about all its filters, expressions and updates. */
export type QueryEnv = {
  /** How strings are compared. @default by their bytes */
  readonly collation?: Collation | undefined;
  /** The time that `$$NOW` and `$currentDate` give: one for the whole command. */
  readonly now: Date;
  /** The command's `let`, already evaluated: what `$$name` gives in expressions. */
  readonly variables?: Document | undefined;
  /** The fields of the collection's text index; absent where it has none, so that `$text` is refused. */
  readonly text?: readonly TextField[] | undefined;
  /** What `$meta: 'textScore'` gives for a document as it is stored. */
  readonly textScore?: ((this: void, document: Document) => number) | undefined;
  /**
   * Called in every loop that can be long.
   *
   * @throws {EngineError} 50 when the command's time is over.
   */
  checkTime(this: void): void;
};

/** A field that `$text` searches; `$**` is every text of a document. */
export type TextField = { readonly path: string; readonly weight: number };
