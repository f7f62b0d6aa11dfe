import { InvalidInputError } from '../../base/errors.js';
import type { Conversation } from '../../domain/conversations/conversation.js';
import type { ConversationCursor } from '../../domain/conversations/conversation-store.js';

/** Where a conversation stands in a list that is ordered by last change. */
export const placeOf = ({ updatedAt, id }: Conversation): string => `${updatedAt.getTime()} ${id}`;

/** @throws {InvalidInputError} for a cursor of another list. */
export function readPlace(cursor: string | null): ConversationCursor | null {
  if (cursor === null) return null;
  const [, time, id] = /^(\d{1,15}) (\S+)$/.exec(cursor) ?? [];
  if (time === undefined || id === undefined)
    throw new InvalidInputError('after', 'This is not a cursor of this list.');
  return { updatedAt: new Date(Number(time)), id };
}
