import type { Needs } from '../needs.js';
import { NO_USAGE } from '../models/usage.js';
import { emptyAnswer, withoutRunningCalls } from './answer-draft.js';
import type { RunEnd, TakenOver } from './run-store.js';

type Recovering = Pick<Needs, 'clock' | 'log' | 'runs' | 'messages' | 'conversations' | 'runEvents' | 'bell'>;

const BATCH = 50;

/**
 * Ends the runs whose leases ended before `now`: INTERRUPTED, with the text that was saved. What they had begun to write is completed first:
 * the user's message, the answer's place, the conversation's leaf. No tool is run again.
 */
export async function recoverRuns(needs: Recovering, lease: { owner: string; until: Date }, now: Date): Promise<void> {
  for (;;) {
    const lost = await needs.runs.takeOver(lease, now, BATCH);
    for (const taken of lost) await endLostRun(needs, taken);
    if (lost.length < BATCH) return;
  }
}

async function endLostRun(needs: Recovering, { run, fence, reservedSeq }: TakenOver): Promise<void> {
  const answer = emptyAnswer(run);
  await needs.messages.insertMissing([run.userMessage, answer], fence);
  await needs.messages.raiseFence(run.answerId, fence);
  await needs.conversations.advance(run.conversationId, {
    nextPosition: answer.position + 1,
    activeLeafId: answer.id,
    at: run.startedAt,
  });
  const saved = await needs.messages.findDraft(run.answerId);
  const parts = withoutRunningCalls(saved?.message.parts ?? [], 'The server was lost while the tool ran.');
  await needs.messages.finish({ messageId: run.answerId, fence, seq: saved?.seq ?? 0, parts }, 'PARTIAL', NO_USAGE);
  await needs.runs.finish(
    run.id,
    fence,
    endOfLost(needs, run.steps, saved?.message.status === 'COMPLETE', reservedSeq),
  );
  await needs.runEvents
    .drop(run.id)
    .catch((error: unknown) => needs.log.warn({ runId: run.id, error }, 'the log of a lost run could not be dropped'));
  needs.bell.ring(`run:${run.id}`);
  needs.log.warn({ runId: run.id }, 'a run was lost with its process; it is ended as interrupted');
}

/**
 * The last two numbers are above every number that a reader of the lost process may hold: one for the snapshot, one for the end.
 * If only the run itself was not marked as ended, it has ended well.
 */
function endOfLost({ clock }: Recovering, steps: number, isComplete: boolean, reservedSeq: number): RunEnd {
  return {
    status: isComplete ? 'COMPLETED' : 'INTERRUPTED',
    stopReason: isComplete ? 'ANSWER' : null,
    error: null,
    steps,
    usage: NO_USAGE,
    lastSeq: reservedSeq + 2,
    finishedAt: clock.now(),
  };
}
