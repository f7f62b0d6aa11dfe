import { compileFilter } from '../query/filter.js';
import { isView } from '../store/collection.js';
import type { Reply } from '../wire/reply.js';
import { runPipeline } from './aggregate.js';
import { countArgument, documentArgument, numberArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { countDocuments, lengthOf, within } from './find-documents.js';
import { queryEnv } from './query-env.js';
import { namespaceOf } from './namespaces.js';

export function count(context: CommandContext): Reply {
  return { body: { n: counted(context), ok: 1 } };
}

function counted(context: CommandContext): number {
  const { store, body } = context;
  const collection = store.collection(namespaceOf(context, body.count));
  const filter = documentArgument(context, 'query') ?? {};
  const skip = Math.trunc(countArgument(context, 'skip') ?? 0);
  const limit = Math.trunc(Math.abs(numberArgument(context, 'limit') ?? 0));
  const collation = documentArgument(context, 'collation');
  const env = queryEnv(context, { collection, collation });
  if (collection === undefined) {
    compileFilter(filter, env);
    return 0;
  }
  if (isView(collection))
    return within(lengthOf(runPipeline(context, String(body.count), [{ $match: filter }])), { skip, limit });
  return countDocuments(store, collection, { filter, skip, limit, collation, hint: body.hint }, env);
}
