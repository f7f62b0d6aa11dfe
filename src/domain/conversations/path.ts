import type { Needs } from '../needs.js';
import type { Message } from './message.js';

const BATCH = 64;

/**
 * The messages from `leafId` back to the first, newest first; siblings of the path are passed over. Reads no more than is asked for.
 *
 * @param before Position that all of them are before.
 */
export async function* pathBack(
  { messages }: Pick<Needs, 'messages'>,
  conversationId: string,
  leafId: string | null,
  before: number,
): AsyncGenerator<Message, void> {
  let wanted = leafId;
  let position = before;
  while (wanted !== null) {
    const batch = await messages.listBefore(conversationId, position, BATCH);
    for (const message of batch) {
      if (message.id !== wanted) continue;
      yield message;
      wanted = message.parentId;
    }
    const last = batch.at(-1);
    if (!last) return;
    position = last.position;
  }
}

/** Ids of the path from the first message to `leafId`, oldest first. Reads the links of the whole conversation, but no content. */
export async function pathIds(
  { messages }: Pick<Needs, 'messages'>,
  conversationId: string,
  leafId: string | null,
): Promise<string[]> {
  const links = await messages.listLinks(conversationId);
  const parents = new Map(links.map(({ id, parentId }) => [id, parentId]));
  const path: string[] = [];
  for (let id = leafId; id !== null && parents.has(id); id = parents.get(id) ?? null) path.push(id);
  return path.toReversed();
}
