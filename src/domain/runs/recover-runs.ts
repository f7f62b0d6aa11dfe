import { AppError } from '../../base/errors.js';
import { doPastFailures } from '../../base/past-failures.js';
import type { Needs } from '../needs.js';
import type { Toolbox } from '../tools/tools.js';
import type { Usage } from '../usage/usage.js';
import type { Message } from '../conversations/message.js';
import { emptyAnswer, withoutRunningCalls } from './answer-draft.js';
import { bookLostCalls, stepsIn } from './book-lost-calls.js';
import type { Run } from './run.js';
import type { RunEnd, RunLease, TakenOver } from './run-store.js';
import { forgetTurns } from './store-turn.js';

type Recovering = {
  readonly needs: Pick<
    Needs,
    | 'clock'
    | 'log'
    | 'runs'
    | 'messages'
    | 'messageTokens'
    | 'usage'
    | 'budgets'
    | 'models'
    | 'conversations'
    | 'countTokens'
    | 'runEvents'
    | 'bell'
  >;
  readonly toolbox: Toolbox;
};

const BATCH = 50;

/**
 * Ends the runs whose leases ended before `now`: INTERRUPTED, or CANCELLED where somebody asked for that, with the text that was saved. What they had begun to write is completed first:
 * the user's message, the answer's place, the conversation's leaf. No tool is run again. Those of a deleted conversation are forgotten.
 * One that cannot be ended keeps neither the others nor a start from going on: it is tried again once the new lease has ended.
 *
 * @param except Runs that are driven here: their leases are only late.
 * @throws {AppError} SERVICE_UNAVAILABLE while the database does not answer.
 */
export async function recoverRuns(
  recovering: Recovering,
  lease: RunLease,
  now: Date,
  except: readonly string[] = [],
): Promise<void> {
  const { runs, log } = recovering.needs;
  await doPastFailures({
    batch: BATCH,
    list: (failed) => runs.takeOver(lease, now, BATCH, [...except, ...failed]),
    idOf: ({ run }) => run.id,
    act: (taken) => endLostRun(recovering, taken),
    failed: ({ run }, error) => log.error({ runId: run.id, error }, 'a lost run could not be ended'),
  });
}

async function endLostRun(recovering: Recovering, taken: TakenOver): Promise<void> {
  const { needs } = recovering;
  const { run, fence } = taken;
  const answer = emptyAnswer(run);
  const turn = { nextPosition: answer.position + 1, activeLeafId: answer.id, at: run.startedAt };
  if (!(await needs.conversations.advance(run.conversationId, turn))) return forgetTurns(needs, run.conversationId);
  await needs.messages.insertMissing([run.userMessage, answer], fence);
  await needs.messages.raiseFence(run.answerId, fence);
  const saved = await needs.messages.findDraft(run.answerId);
  const parts = withoutRunningCalls(saved?.message.parts ?? [], 'The server was lost while the tool ran.');
  const kept = saved?.message.usage;
  const { usage, steps } = kept ? { usage: kept, steps: 0 } : await booked(recovering, run, { ...answer, parts });
  await needs.messages.finish({ messageId: run.answerId, fence, seq: saved?.seq ?? 0, parts }, 'PARTIAL', usage);
  const isComplete = saved?.message.status === 'COMPLETE';
  const end = endOfLost(needs, taken, { isComplete, usage, steps: Math.max(steps, stepsIn(parts)) });
  await needs.runs.finish(run.id, fence, end);
  await needs.runEvents
    .drop(run.id)
    .catch((error: unknown) => needs.log.warn({ runId: run.id, error }, 'the log of a lost run could not be dropped'));
  needs.bell.ring(`run:${run.id}`);
  needs.log.warn({ runId: run.id }, 'a run was lost with its process; it is ended with what was saved');
}

/** What the books say, once they hold what was saved of the calls that were lost. A run ends also where that cannot be told. */
async function booked(recovering: Recovering, run: Run, answer: Message): Promise<{ usage: Usage; steps: number }> {
  const { needs } = recovering;
  try {
    await bookLostCalls(recovering, run, answer);
  } catch (error) {
    if (error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE') throw error;
    needs.log.error({ runId: run.id, error }, 'what the calls of a lost run took could not be estimated');
  }
  return needs.usage.totalOfRun(run.id);
}

/**
 * The last two numbers are above every number that a reader of the lost process may hold: one for the snapshot, one for the end.
 * If only the run itself was not marked as ended, it has ended well. What it took is what its answer says, or else the books.
 */
function endOfLost(
  { clock }: Recovering['needs'],
  { reservedSeq, isCancelRequested }: TakenOver,
  { isComplete, ...taken }: { isComplete: boolean; usage: Usage; steps: number },
): RunEnd {
  const end = isComplete ? COMPLETED : isCancelRequested ? CANCELLED : INTERRUPTED;
  return { ...end, ...taken, error: null, lastSeq: reservedSeq + 2, finishedAt: clock.now() };
}

const COMPLETED = { status: 'COMPLETED', stopReason: 'ANSWER' } as const;
const CANCELLED = { status: 'CANCELLED', stopReason: 'CANCELLED' } as const;
const INTERRUPTED = { status: 'INTERRUPTED', stopReason: null } as const;
