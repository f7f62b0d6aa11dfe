import { Ctx, Query, Resolver } from 'type-graphql';
import { requireViewer, type RequestContext } from '../context.js';
import { toToolType, ToolType } from './tool-types.js';

@Resolver(() => ToolType)
export class ToolResolver {
  @Query(() => [ToolType], { description: 'Every tool that agents have here, also those that are not available now.' })
  tools(@Ctx() context: RequestContext): ToolType[] {
    requireViewer(context);
    return context.toolbox.list().map(toToolType);
  }
}
