/** Where a message that can be found stands. */
export type SearchedMessage = {
  readonly conversationId: string;
  readonly position: number;
  readonly messageId: string;
};

/** What an index calls a message: it tells a search which conversation a hit is of without reading anything. */
export function entryIdOf({ conversationId, position, messageId }: SearchedMessage): string {
  return `${conversationId}/${position}/${messageId}`;
}

/** The message that {@link entryIdOf} has named. */
export function searchedMessageOf(entryId: string): SearchedMessage {
  const [conversationId = '', position, messageId = ''] = entryId.split('/');
  return { conversationId, position: Number(position), messageId };
}
