import { isId } from '../../base/ids.js';
import { InvalidInputError, NotFoundError } from '../../base/errors.js';
import type { Needs } from '../needs.js';
import type { Viewer } from '../users/user.js';
import type { Conversation } from './conversation.js';
import { canRead } from './conversations.js';
import type { Message } from './message.js';
import { pathBack, pathIds } from './path.js';

type Reading = Pick<Needs, 'messages'>;

/** The newest messages of the path that is shown, newest first; with `before`, those that come before that message. Reads no more than it returns, siblings apart. */
export async function listNewest(
  needs: Reading,
  conversation: Conversation,
  limit: number,
  before: string | null,
): Promise<Message[]> {
  const from = before === null ? null : await findMessage(needs, conversation, 'before', before);
  const leaf = from ? from.parentId : conversation.activeLeafId;
  const found: Message[] = [];
  for await (const message of pathBack(needs, conversation.id, leaf, from?.position ?? conversation.nextPosition)) {
    found.push(message);
    if (found.length === limit) break;
  }
  return found;
}

/** The oldest messages of the path that is shown, oldest first; with `after`, those that come after that message. */
export async function listOldest(
  needs: Reading,
  conversation: Conversation,
  limit: number,
  after: string | null,
): Promise<Message[]> {
  const path = await pathIds(needs, conversation.id, conversation.activeLeafId);
  const start = after === null ? 0 : path.indexOf(after) + 1;
  if (after !== null && start === 0) throw new InvalidInputError('after', 'There is no such message on this path.');
  const ids = path.slice(start, start + limit);
  const found = new Map((await needs.messages.findMany(ids)).map((message) => [message.id, message]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** Every message, siblings included, oldest first; with `after`, those that were made after that message. */
export async function listTree(
  needs: Reading,
  conversation: Conversation,
  limit: number,
  after: string | null,
): Promise<Message[]> {
  const position = after === null ? 0 : (await findMessage(needs, conversation, 'after', after)).position;
  return needs.messages.listAfter(conversation.id, position, limit);
}

/**
 * Finds a message on behalf of a viewer.
 *
 * @throws {NotFoundError} also when they may not read its conversation.
 */
export async function openMessage(
  needs: Pick<Needs, 'messages' | 'conversations'>,
  viewer: Viewer,
  id: string,
): Promise<Message> {
  const message = isId('msg', id) ? await needs.messages.find(id) : null;
  const conversation = message && (await needs.conversations.find(message.conversationId));
  if (!message || !conversation || !canRead(viewer, conversation)) throw new NotFoundError('message');
  return message;
}

async function findMessage(
  { messages }: Reading,
  { id: conversationId }: Conversation,
  field: string,
  id: string,
): Promise<Message> {
  const message = isId('msg', id) ? await messages.find(id) : null;
  if (message?.conversationId !== conversationId)
    throw new InvalidInputError(field, 'There is no such message in this conversation.');
  return message;
}
