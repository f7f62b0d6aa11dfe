import type { Needs } from '../needs.js';
import type { Message } from '../conversations/message.js';
import { isEnded, UNKNOWN_ERROR, type Run } from './run.js';
import { isTerminal, type RunEvent, type RunEventBody } from './run-event.js';
import { createKnock, type Knock } from './knock.js';
import type { RunLog } from './run-log.js';

type Following = Pick<Needs, 'runs' | 'messages' | 'runEvents' | 'bell' | 'clock'>;

const PAGE_SIZE = 500;

/** Milliseconds after which a reader looks again although no bell has rung: rings can be lost. */
const LOOK_AGAIN_MS = 2_000;

/** Milliseconds for which the end of a log may lag behind the end of its run in the database. */
const COPY_LAG_MS = 2_000;

/** Milliseconds between two looks for what is about to come. */
const SOON_MS = 100;

/**
 * Every event of a run after `after`: first what is kept, then what comes, each once and in order. Ends after the terminal event, at once if that is not after
 * `after`, or when `signal` aborts.
 *
 * A reader whose place is no longer held gets a `run-snapshot` that replaces all it has seen, and goes on from there.
 *
 * @param after The last `seq` already seen; 0 for all.
 */
export async function* followRun(
  { needs, log }: { needs: Following; log: RunLog },
  runId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  const knock = knockOn(signal);
  let seen = after;
  while (!signal.aborted) {
    const events = log.tail(runId)?.read(seen, knock, signal) ?? readShared(needs, runId, seen, knock, signal);
    for await (const event of events) {
      yield event;
      if (isTerminal(event)) return;
      seen = event.seq;
    }
    if (signal.aborted) return;
    const missing = await catchUp(needs, runId, seen);
    if (missing === 'ended') return;
    for (const event of missing) {
      yield event;
      if (isTerminal(event)) return;
      seen = event.seq;
    }
    if (missing.length === 0) await knock.wait(SOON_MS);
  }
}

/** What every process can read: a page of the copied log at each ring. Ends when what comes next is not held, when the run has ended, or when `signal` aborts. */
async function* readShared(
  needs: Following,
  runId: string,
  after: number,
  knock: Knock,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  const unlisten = needs.bell.listen(`run:${runId}`, knock.knock);
  try {
    let seen = after;
    while (!signal.aborted) {
      const page = await needs.runEvents.read(runId, seen, PAGE_SIZE);
      for (const event of page) {
        if (event.seq !== seen + 1) return;
        yield event;
        seen = event.seq;
        if (isTerminal(event)) return;
      }
      if (page.length === PAGE_SIZE) continue;
      const state = page.length === 0 ? await stateOf(needs, runId) : 'going on';
      if (state === 'ended') return;
      await knock.wait(state === 'just ended' ? SOON_MS : LOOK_AGAIN_MS);
    }
  } finally {
    unlisten();
  }
}

/** A run that has just ended may still be about to get the last of its log. */
async function stateOf({ runs, clock }: Following, runId: string): Promise<'going on' | 'just ended' | 'ended'> {
  const run = await runs.find(runId);
  if (!run) return 'ended';
  if (!isEnded(run)) return 'going on';
  const isRecent =
    run.status !== 'INTERRUPTED' &&
    run.finishedAt !== null &&
    clock.now().getTime() - run.finishedAt.getTime() < COPY_LAG_MS;
  return isRecent ? 'just ended' : 'ended';
}

/**
 * What a reader needs whose log gave no more. Of a run that has ended: its last state and its end. Of one that goes on: its state at the last checkpoint,
 * or nothing until there is one that is newer than what the reader has.
 */
async function catchUp(
  { runs, messages, clock }: Following,
  runId: string,
  seen: number,
): Promise<readonly RunEvent[] | 'ended'> {
  const run = await runs.find(runId);
  if (!run) return 'ended';
  const draft = await messages.findDraft(run.answerId);
  const at = run.finishedAt ?? clock.now();
  if (!isEnded(run)) {
    const isAhead = draft !== null && draft.seq > seen;
    return isAhead ? [{ runId, seq: draft.seq, at, type: 'run-snapshot', message: draft.message }] : [];
  }
  if (!draft) return 'ended';
  if (seen >= run.lastSeq) return 'ended';
  const end: RunEvent = { runId, seq: run.lastSeq, at, ...endOf(run, draft.message) };
  if (seen === run.lastSeq - 1) return [end];
  return [{ runId, seq: run.lastSeq - 1, at, type: 'run-snapshot', message: draft.message }, end];
}

/** The terminal event of a run that has ended. */
export function endOf({ status, usage, stopReason, error }: Run, message: Message): RunEventBody {
  switch (status) {
    case 'COMPLETED':
      return { type: 'run-completed', message, usage, stopReason: stopReason ?? 'ANSWER' };
    case 'FAILED':
      return { type: 'run-failed', message, error: error ?? UNKNOWN_ERROR };
    case 'CANCELLED':
      return { type: 'run-cancelled', message };
    default:
      return { type: 'run-interrupted', message };
  }
}

function knockOn(signal: AbortSignal): Knock {
  const knock = createKnock();
  if (signal.aborted) knock.knock();
  else signal.addEventListener('abort', knock.knock, { once: true });
  return knock;
}
