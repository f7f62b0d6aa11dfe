import type { Store } from '../store/store.js';
import type { Connection } from '../wire/connection.js';
import type { Reply } from '../wire/reply.js';
import type { Document } from '../values/types.js';
import type { Cursors } from './cursors.js';
import type { Deadline } from './deadline.js';

/** One command on its way: what was asked, by whom, and what it may use. */
export type CommandContext = {
  readonly store: Store;
  readonly cursors: Cursors;
  readonly name: string;
  readonly body: Document;
  /** The documents of an insert, as they came. */
  readonly documents: readonly Buffer[] | undefined;
  readonly database: string;
  readonly connection: Connection;
  readonly deadline: Deadline;
  /** One time for the whole command. */
  readonly now: Date;
};

/** Gives way to no other command while it runs; only a `getMore` that awaits data answers later. */
export type CommandHandler = (context: CommandContext) => Reply | Promise<Reply>;
