import type { Message } from './op-msg.js';
import type { Reply } from './reply.js';

/** A connection, as commands see it. */
export type Connection = { id: number; address: string };

/** What answers commands. What it throws is told to the client, but for {@link ConnectionDropError}. */
export type RunCommand = (message: Message, connection: Connection) => Promise<Reply>;

/** Instead of an answer the connection is closed. */
export class ConnectionDropError extends Error {
  override readonly name = 'ConnectionDropError';
}
