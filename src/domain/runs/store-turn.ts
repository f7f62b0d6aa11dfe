import { untilStored } from '../../base/until-stored.js';
import type { Needs } from '../needs.js';
import { emptyAnswer } from './answer-draft.js';
import type { LiveRun } from './live-run.js';

type Storing = Pick<Needs, 'log' | 'runs' | 'messages' | 'messageTokens' | 'conversations'>;

/**
 * Puts a turn where the conversation is read from: the user's message, which the run holds already, the place for the answer, and the conversation's leaf.
 * It begins when it is told to, so that the model can be asked first.
 */
export class StoredTurn {
  /** Resolves once the turn is stored; to false, with nothing of it left, if the conversation is deleted. Somebody has to hear of its failure. */
  readonly done: Promise<boolean>;
  #begin: () => void = () => {};

  constructor(needs: Storing, live: LiveRun) {
    const begun = new Promise<void>((resolve) => (this.#begin = resolve));
    this.done = begun.then(() => storeTurn(needs, live));
  }

  /** Doing it again changes nothing. */
  begin(): void {
    this.#begin();
  }
}

async function storeTurn(needs: Storing, live: LiveRun): Promise<boolean> {
  const { log, messages, conversations } = needs;
  const { run, fence } = live;
  const answer = emptyAnswer(run);
  const turn = { nextPosition: answer.position + 1, activeLeafId: answer.id, at: run.startedAt };
  const [moved, inserted] = await Promise.allSettled([
    untilStored(log, () => conversations.advance(run.conversationId, turn)),
    untilStored(log, () => messages.insertMissing([run.userMessage, answer], fence)),
  ]);
  if (moved.status === 'rejected') throw moved.reason;
  // Where the conversation is deleted, its place may be taken by what was said there before.
  if (moved.value && inserted.status === 'rejected') throw inserted.reason;
  if (moved.value) return true;
  live.stop('CANCELLED');
  await untilStored(log, () => forgetTurns(needs, run.conversationId));
  return false;
}

/**
 * The conversation was deleted while a message was on its way, which a search that began before may have found meanwhile. The run goes last: by it alone what
 * is left is found, should this process be lost.
 */
export async function forgetTurns(
  { messages, messageTokens, runs }: Pick<Needs, 'messages' | 'messageTokens' | 'runs'>,
  conversationId: string,
): Promise<void> {
  await messages.deleteOfConversation(conversationId);
  await messageTokens.deleteOfConversation(conversationId);
  await runs.deleteOfConversation(conversationId);
}
