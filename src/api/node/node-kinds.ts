import { isId, type IdPrefix } from '../../base/ids.js';
import { AppError } from '../../base/errors.js';
import { openArchiveEntry } from '../../domain/archive/entries.js';
import { openConversation } from '../../domain/conversations/conversations.js';
import { openMessage } from '../../domain/conversations/list-messages.js';
import { openJob } from '../../domain/jobs/jobs.js';
import { openRun } from '../../domain/runs/runs.js';
import { visibleUser } from '../../domain/users/members.js';
import { requireViewer, type RequestContext } from '../context.js';
import type { NodeValue } from './node-type.js';

/** How a thing is fetched by its id: as the API shows it, or null if it does not exist or the asker may not see it. */
export type NodeKind = {
  readonly typeName: string;
  find(context: RequestContext, id: string): Promise<{ readonly id: string } | null>;
};

/** A new kind of node is added to this table, under the prefix of its ids. */
const KINDS: Partial<Record<IdPrefix, NodeKind>> = {
  usr: { typeName: 'User', find: (context, id) => visibleUser(context.needs, requireViewer(context), id) },
  prov: { typeName: 'Provider', find: (context, id) => context.loaders.providers.load(id) },
  mod: { typeName: 'Model', find: (context, id) => context.loaders.models.load(id) },
  conv: {
    typeName: 'Conversation',
    find: (context, id) => unlessHidden(openConversation(context.needs, requireViewer(context), id)),
  },
  msg: {
    typeName: 'Message',
    find: (context, id) => unlessHidden(openMessage(context.needs, requireViewer(context), id)),
  },
  run: { typeName: 'Run', find: (context, id) => unlessHidden(openRun(context.needs, requireViewer(context), id)) },
  arc: {
    typeName: 'ArchiveEntry',
    find: (context, id) => unlessHidden(openArchiveEntry(context.needs, requireViewer(context), id)),
  },
  job: { typeName: 'Job', find: (context, id) => unlessHidden(openJob(context.needs, requireViewer(context), id)) },
};

/** Null for an id that names nothing, or something that the asker may not see. */
export async function findNode(context: RequestContext, id: string): Promise<NodeValue | null> {
  for (const [prefix, kind] of Object.entries(KINDS) as [IdPrefix, NodeKind][]) {
    if (!isId(prefix, id)) continue;
    const found = await kind.find(context, id);
    return found && { ...found, typeName: kind.typeName };
  }
  return null;
}

async function unlessHidden<T>(opening: Promise<T>): Promise<T | null> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
