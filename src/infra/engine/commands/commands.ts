import type { GroupCommit } from '../store/group-commit.js';
import { isDocument } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { aggregate } from './aggregate.js';
import { booleanArgument } from './arguments.js';
import { bulkWrite } from './bulk-write.js';
import { collMod, create, drop, dropDatabase, listCollections, renameCollection } from './collections.js';
import type { CommandContext, CommandHandler } from './context.js';
import { count } from './count.js';
import { createIndexes } from './create-indexes.js';
import { getMore, killCursors } from './cursor-commands.js';
import { collStats, dbStats, listDatabases, validate } from './databases.js';
import { remove } from './delete.js';
import { removeBitByBit } from './delete-bit-by-bit.js';
import {
  buildInfo,
  connectionStatus,
  getParameter,
  ping,
  serverStatus,
  startSession,
  whatsMyUri,
} from './diagnostics.js';
import { distinct } from './distinct.js';
import { explain, explainAggregate } from './explain.js';
import { findAndModify } from './find-and-modify.js';
import { find } from './find.js';
import { insert } from './insert.js';
import { dropIndexes, listIndexes } from './list-indexes.js';
import { update } from './update.js';

export type CommandSpec = {
  run: CommandHandler;
  /** Whether it runs inside a transaction of its own, and is answered when that is on the disk. */
  writes?: boolean | ((context: CommandContext) => boolean);
  /** A read that may look at much: it is done by a thread of its own if it takes long. */
  mayTakeLong?: boolean;
  /** How it is done where the disk is too full for one transaction. */
  onFullDisk?: (context: CommandContext, commit: GroupCommit) => Promise<Reply>;
};

/** Every command that is spoken, by its name. */
export const COMMANDS: Readonly<Record<string, CommandSpec>> = {
  find: { run: find, mayTakeLong: true },
  getMore: { run: getMore },
  killCursors: { run: killCursors },
  aggregate: {
    run: (context) => (isExplained(context) ? explainAggregate(context) : aggregate(context)),
    writes: (context) => !isExplained(context) && endsInWriting(context),
    mayTakeLong: true,
  },
  count: { run: count, mayTakeLong: true },
  distinct: { run: distinct, mayTakeLong: true },
  explain: { run: explain, mayTakeLong: true },

  insert: { run: insert, writes: true },
  update: { run: update, writes: true },
  delete: { run: remove, writes: true, onFullDisk: removeBitByBit },
  findAndModify: { run: findAndModify, writes: true },
  findandmodify: { run: findAndModify, writes: true },
  bulkWrite: { run: bulkWrite, writes: true },

  create: { run: create, writes: true },
  drop: { run: drop, writes: true },
  dropDatabase: { run: dropDatabase, writes: true },
  renameCollection: { run: renameCollection, writes: true },
  collMod: { run: collMod, writes: true },
  listCollections: { run: listCollections },
  listDatabases: { run: listDatabases },
  createIndexes: { run: createIndexes, writes: true },
  dropIndexes: { run: dropIndexes, writes: true },
  deleteIndexes: { run: dropIndexes, writes: true },
  listIndexes: { run: listIndexes },
  collStats: { run: collStats },
  dbStats: { run: dbStats },
  dbstats: { run: dbStats },
  validate: { run: validate },

  ping: { run: ping },
  endSessions: { run: ping },
  refreshSessions: { run: ping },
  killSessions: { run: ping },
  killAllSessions: { run: ping },
  startSession: { run: startSession },
  buildInfo: { run: buildInfo },
  buildinfo: { run: buildInfo },
  connectionStatus: { run: connectionStatus },
  serverStatus: { run: serverStatus },
  getParameter: { run: getParameter },
  whatsmyuri: { run: whatsMyUri },
};

const isExplained = (context: CommandContext): boolean => booleanArgument(context, 'explain');

function endsInWriting({ body }: CommandContext): boolean {
  const { pipeline } = body;
  const last: unknown = Array.isArray(pipeline) ? pipeline.at(-1) : undefined;
  return isDocument(last) && (last.$out !== undefined || last.$merge !== undefined);
}
