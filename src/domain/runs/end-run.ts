import { AppError } from '../../base/errors.js';
import { untilStored } from '../../base/until-stored.js';
import { textOf, type Message, type MessagePart, type MessageStatus } from '../conversations/message.js';
import type { Needs } from '../needs.js';
import { emptyAnswer, withoutRunningCalls } from './answer-draft.js';
import type { Checkpoints } from './checkpoints.js';
import { endOf } from './follow-run.js';
import { RunStop, type LiveRun } from './live-run.js';
import { UNKNOWN_ERROR, type EndStatus, type RunError, type StopReason } from './run.js';
import type { RunLog } from './run-log.js';
import { forgetTurns } from './store-turn.js';
import type { UsageBook } from './usage-book.js';

type Ending = {
  readonly needs: Pick<Needs, 'clock' | 'log' | 'runs' | 'messages' | 'messageTokens' | 'conversations'>;
  readonly log: RunLog;
  readonly checkpoints: Checkpoints;
  readonly book: UsageBook;
};

export type End = {
  readonly status: EndStatus;
  readonly stopReason: StopReason | null;
  readonly error: RunError | null;
};

const MESSAGE_STATUS: Readonly<Record<Exclude<EndStatus, 'FAILED'>, MessageStatus>> = {
  COMPLETED: 'COMPLETE',
  CANCELLED: 'PARTIAL',
  INTERRUPTED: 'PARTIAL',
};

/** Writes the last state: first the answer, then the run, and only then the event that tells of it. */
export async function endRun({ needs, log, checkpoints, book }: Ending, live: LiveRun, end: End): Promise<void> {
  const { run, fence, steps, usage } = live;
  checkpoints.forget(live);
  const draft = live.draft();
  const isWhole = end.status === 'COMPLETED';
  const parts = isWhole ? draft.parts : withoutRunningCalls(draft.parts, 'The run ended before the tool did.');
  const status = messageStatus(end, parts);
  const lastSeq = await live.nextSeq();
  const finishedAt = needs.clock.now();
  const runEnd = { ...end, steps, usage, lastSeq, finishedAt };
  const [isOurs] = await Promise.all([
    untilStored(needs.log, () => needs.messages.finish({ ...draft, parts }, status, usage)),
    book.flush(),
  ]);
  if (isOurs && (await untilStored(needs.log, () => needs.runs.finish(run.id, fence, runEnd)))) {
    const message: Message = { ...emptyAnswer(run), parts, status, usage };
    live.tail.append({ runId: run.id, seq: lastSeq, at: finishedAt, ...endOf({ ...run, ...runEnd }, message) });
    needs.log.info({ runId: run.id, status: end.status, code: end.error?.code, steps }, 'run ended');
  } else {
    await forgetIfDeleted(needs, run.conversationId);
  }
  await log.close(live.tail);
}

/** Another process may have deleted the conversation just before the turn was stored. */
async function forgetIfDeleted(
  needs: Pick<Needs, 'log' | 'runs' | 'messages' | 'messageTokens' | 'conversations'>,
  conversationId: string,
): Promise<void> {
  const conversation = await untilStored(needs.log, () => needs.conversations.find(conversationId));
  if (conversation === null) await untilStored(needs.log, () => forgetTurns(needs, conversationId));
}

/** An answer that a failure cut off is worth keeping; one that never began, or does not have its form, is not. */
function messageStatus({ status, error }: End, parts: readonly MessagePart[]): MessageStatus {
  if (status !== 'FAILED') return MESSAGE_STATUS[status];
  return textOf({ parts }).trim() !== '' && error?.code !== 'INVALID_OUTPUT' ? 'PARTIAL' : 'FAILED';
}

/** What became of a run whose agent threw `error`, or was stopped. */
export function howItEnded({ log }: Pick<Needs, 'log'>, { run, signal }: LiveRun, error: unknown): End {
  const stop: unknown = signal.reason;
  if (signal.aborted && stop instanceof RunStop) {
    if (stop.why === 'CANCELLED') return { status: 'CANCELLED', stopReason: 'CANCELLED', error: null };
    if (stop.why !== 'TIME_LIMIT') return { status: 'INTERRUPTED', stopReason: null, error: null };
    return failedWith(new AppError('LIMIT_EXCEEDED', 'The run took longer than a run may.'));
  }
  if (error instanceof AppError) {
    log.warn({ runId: run.id, error }, 'run failed');
    return failedWith(error);
  }
  log.error({ runId: run.id, error }, 'run failed by a fault of ours');
  return { status: 'FAILED', stopReason: 'ERROR', error: UNKNOWN_ERROR };
}

function failedWith({ code, message, details }: AppError): End {
  const { isRetryable = false, retryAfterMs = null, providerMessage = null } = details;
  const error = { code, message, isRetryable, retryAfterMs, providerMessage };
  return { status: 'FAILED', stopReason: 'ERROR', error };
}
