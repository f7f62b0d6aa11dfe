import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { InvalidInputError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import {
  listWithLastMessage,
  searchConversations,
  type ConversationHit,
} from '../../domain/conversations/search/search-conversations.js';
import { requireViewer, type RequestContext } from '../context.js';
import { pageOf, readPage, type Connection } from '../paging.js';
import { placeOf, readPlace } from './conversation-place.js';
import { ConversationHitConnection, SearchConversationsArgs } from './conversation-search-types.js';

@Resolver()
export class ConversationSearchResolver {
  @Query(() => ConversationHitConnection, {
    description:
      'Your own conversations in which something fits the text, whatever particles, endings and spaces it is asked with: the one where it was said last comes ' +
      'first. Without a text all of them, last changed first, each with its last message.',
  })
  async searchConversations(
    @Args(() => SearchConversationsArgs) { text, filter, ...args }: SearchConversationsArgs,
    @Ctx() context: RequestContext,
  ): Promise<Connection<ConversationHit>> {
    const viewer = requireViewer(context);
    const page = readPage(args);
    const wanted = { kind: filter?.kind ?? null, visibility: filter?.visibility ?? null };
    if (text == null || text.trim() === '') {
      const listed = await listWithLastMessage(context.needs, viewer, wanted, page.limit + 1, readPlace(page.cursor));
      return pageOf(page, listed, ({ conversation }) => placeOf(conversation));
    }
    const after = readMessageId(page.cursor);
    const found = await searchConversations(context, viewer, { text, filter: wanted }, page.limit + 1, after);
    return pageOf(page, found, ({ matchedMessage }) => matchedMessage?.id ?? '');
  }
}

function readMessageId(cursor: string | null): string | null {
  if (cursor !== null && !isId('msg', cursor))
    throw new InvalidInputError('after', 'This is not a cursor of this list.');
  return cursor;
}
