import { InvalidInputError, NotFoundError } from '../../base/errors.js';
import type { Message } from '../conversations/message.js';
import type { Needs } from '../needs.js';
import type { Viewer } from '../users/user.js';
import { followRun } from './follow-run.js';
import type { Run } from './run.js';
import { isTerminal, type RunEvent } from './run-event.js';
import { openRun } from './runs.js';
import { sendMessage, type NewMessage, type Sending } from './send-message.js';

type Chatting = Sending & { readonly needs: Pick<Needs, 'messages' | 'runEvents' | 'bell'> };

/** Either a message to send, or a run to follow. */
export type ChatRequest = {
  readonly message: NewMessage | null;
  readonly runId: string | null;
  /** Number of the last event that was seen; 0 for all. */
  readonly after: number;
};

/**
 * The events of one agent turn: of the run that the message starts (or started, if it was sent before), or of one that exists, after the event numbered `after`.
 * Leaving does not stop the run.
 *
 * @throws {AppError} before the first event, as {@link sendMessage} and {@link openRun} do; INVALID_INPUT unless there is either a message with a
 * clientMessageId, or a runId, and for an `after` that is no number of an event.
 */
export function chatStream(
  house: Chatting,
  viewer: Viewer,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  const following = { needs: house.needs, log: house.driver.log };
  return followRun(following, () => runOf(house, viewer, request), request.after, signal);
}

async function runOf(house: Chatting, viewer: Viewer, { message, runId, after }: ChatRequest): Promise<Run> {
  if (!Number.isInteger(after) || after < 0)
    throw new InvalidInputError('after', 'after is a whole number, 0 or more.');
  if (runId !== null && message === null) return openRun(house.needs, viewer, runId);
  if (message === null || runId !== null) throw new InvalidInputError('message', 'Give either a message or a runId.');
  if (message.clientMessageId === null) {
    throw new InvalidInputError(
      'clientMessageId',
      'A message that is sent by subscribing needs an id, since clients subscribe again by themselves.',
    );
  }
  const { run } = await sendMessage(house, viewer, message);
  return run;
}

/**
 * The whole turn in one answer.
 *
 * @throws {AppError} as {@link sendMessage} does; NOT_FOUND where the conversation is deleted meanwhile. A run that fails is returned, not thrown.
 */
export async function invokeChat(
  house: Chatting,
  viewer: Viewer,
  message: NewMessage,
): Promise<{ run: Run; message: Message }> {
  const { needs, driver } = house;
  const { run: sent } = await sendMessage(house, viewer, message);
  const following = { needs, log: driver.log };
  const untilItsEnd = new AbortController().signal;
  for await (const event of followRun(following, () => Promise.resolve(sent), 0, untilItsEnd)) {
    if (isTerminal(event)) break;
  }
  const [run, [answer]] = await Promise.all([needs.runs.find(sent.id), needs.messages.findMany([sent.answerId])]);
  if (!run || !answer) throw new NotFoundError('conversation');
  return { run, message: answer };
}
