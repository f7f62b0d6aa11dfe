import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { InvalidInputError } from '../../base/errors.js';
import { requireViewer, type RequestContext } from '../context.js';
import { MAX_PAGE_SIZE } from '../paging.js';
import { findNode } from './node-kinds.js';
import { NodeType, type NodeValue } from './node-type.js';

@Resolver()
export class NodeResolver {
  @Query(() => NodeType, {
    nullable: true,
    description: 'Anything by its id; null if there is no such thing, or you may not see it.',
  })
  node(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<NodeValue | null> {
    requireViewer(context);
    return findNode(context, id);
  }

  @Query(() => [NodeType], {
    nullable: 'items',
    description:
      'Several things by their ids, in the same order; null in the place of each that `node` would not find.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'At most 100.' }) ids: string[],
    @Ctx() context: RequestContext,
  ): Promise<(NodeValue | null)[]> {
    requireViewer(context);
    if (ids.length > MAX_PAGE_SIZE) throw new InvalidInputError('ids', `At most ${MAX_PAGE_SIZE} at a time.`);
    return Promise.all(ids.map((id) => findNode(context, id)));
  }
}
