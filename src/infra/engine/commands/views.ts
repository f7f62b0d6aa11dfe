import { EngineError } from '../errors.js';
import { type Collection, isView } from '../store/collection.js';
import type { Document } from '../values/types.js';
import type { CommandContext } from './context.js';
import { namespaceOf } from './namespaces.js';

const MAX_DEPTH = 20;

/**
 * The collection behind a name and what is to be done with its documents: a view puts its own pipeline in front.
 *
 * @throws {EngineError} 165 if views go round in a circle.
 */
export function throughViews(
  context: CommandContext,
  name: string | undefined,
  given: readonly Document[],
): { collection: Collection | undefined; stages: readonly Document[] } {
  let stages = given;
  let current = name;
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    if (current === undefined) return { collection: undefined, stages };
    const collection = context.store.collection(namespaceOf(context, current));
    if (collection === undefined || !isView(collection)) return { collection, stages };
    stages = [...((collection.options.pipeline ?? []) as Document[]), ...stages];
    current = String(collection.options.viewOn);
  }
  throw new EngineError(165, 'ViewDepthLimitExceeded', `View depth too deep or view cycle detected: ${name}`);
}
