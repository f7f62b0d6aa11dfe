import { NotFoundError } from '../../base/errors.js';
import { createKnock, type Knock } from '../../base/knock.js';
import type { Needs } from '../needs.js';
import type { Message } from '../conversations/message.js';
import { isEnded, UNKNOWN_ERROR, type Run } from './run.js';
import { isTerminal, type RunEvent, type RunEventBody } from './run-event.js';
import type { RunLog } from './run-log.js';

type Following = Pick<Needs, 'runs' | 'messages' | 'runEvents' | 'bell' | 'clock'>;

const PAGE_SIZE = 500;

/** Milliseconds until a reader looks again although nothing has knocked: rings of a bell can be lost, appends to a tail cannot. */
const LOOK_AGAIN_MS = { later: undefined, 'later or lost': 2_000, soon: 100 } as const;

/** Milliseconds for which the end of a log may lag behind the end of its run in the database. */
const COPY_LAG_MS = 2_000;

/** What comes next in a log: events, or when to look again; 'elsewhere' if this log will not have it. */
type Next = readonly RunEvent[] | keyof typeof LOOK_AGAIN_MS | 'elsewhere';

/**
 * Every event of a run after `after`: first what is kept, then what comes, each once and in order. Ends after the terminal event, at once if that is not after
 * `after`, or when `signal` aborts.
 *
 * A reader whose place is no longer held gets a `run-snapshot` that replaces all it has seen, and goes on from there.
 *
 * Throws NOT_FOUND where the conversation is deleted before the end of the run could be told.
 *
 * @param findRun Which run; asked when the first event is, which then throws what this throws.
 * @param after The last `seq` already seen; 0 for all.
 */
export async function* followRun(
  { needs, log }: { needs: Following; log: RunLog },
  findRun: () => Promise<Pick<Run, 'id'>>,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  const { id: runId } = await findRun();
  const reader = readerFor(signal);
  let seen = after;
  while (!reader.hasLeft()) {
    const tail = log.tail(runId);
    const copy = copyOf(needs, runId);
    const unlisten = tail?.listen(reader.knock) ?? needs.bell.listen(`run:${runId}`, reader.knock);
    try {
      while (!reader.hasLeft() && (tail || !log.tail(runId))) {
        const next = tail?.after(seen) ?? (await copy.after(seen));
        if (next === 'elsewhere') break;
        if (typeof next === 'string') {
          await reader.wait(LOOK_AGAIN_MS[next]);
          continue;
        }
        for (const event of next) {
          yield event;
          if (reader.hasLeft() || isTerminal(event)) return;
          seen = event.seq;
        }
      }
    } finally {
      unlisten();
    }
    if (reader.hasLeft()) return;
    if (log.tail(runId) !== tail) continue;
    const missing = await catchUp(needs, runId, seen);
    if (missing === 'ended') return;
    for (const event of missing) {
      yield event;
      if (isTerminal(event)) return;
      seen = event.seq;
    }
    if (missing.length === 0) await reader.wait(LOOK_AGAIN_MS.soon);
  }
}

/** The copy that every process can read, page by page. */
function copyOf(needs: Following, runId: string): { after(seen: number): Promise<Next> } {
  /** The last page was not full: to read on is worth it once something has knocked. */
  let isReadOut = false;
  return {
    async after(seen) {
      if (isReadOut) {
        isReadOut = false;
        return 'later or lost';
      }
      const page = await needs.runEvents.read(runId, seen, PAGE_SIZE);
      if (page.length === 0) return afterCopy(needs, runId, seen);
      const gap = page.findIndex(({ seq }, place) => seq !== seen + 1 + place);
      if (gap === 0) return 'elsewhere';
      isReadOut = gap === -1 && page.length < PAGE_SIZE;
      return gap === -1 ? page : page.slice(0, gap);
    },
  };
}

/** What follows where the copy has no more: a run that has just ended may still be about to get the last of its log. */
async function afterCopy({ runs, clock }: Following, runId: string, seen: number): Promise<Next> {
  const run = await runs.find(runId);
  if (!run) return 'elsewhere';
  if (!isEnded(run)) return 'later or lost';
  if (seen >= run.lastSeq) return 'elsewhere';
  const isRecent =
    run.status !== 'INTERRUPTED' &&
    run.finishedAt !== null &&
    clock.now().getTime() - run.finishedAt.getTime() < COPY_LAG_MS;
  return isRecent ? 'soon' : 'elsewhere';
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
  if (!run) throw new NotFoundError('conversation');
  const draft = await messages.findDraft(run.answerId);
  const at = run.finishedAt ?? clock.now();
  if (!isEnded(run)) {
    const isAhead = draft !== null && draft.seq > seen;
    return isAhead ? [{ runId, seq: draft.seq, at, type: 'run-snapshot', message: draft.message }] : [];
  }
  if (seen >= run.lastSeq) return 'ended';
  if (!draft) throw new NotFoundError('conversation');
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

/** One who is woken by leaving. Asked for each token, the signal itself would be slow to answer. */
function readerFor(signal: AbortSignal): Knock & { hasLeft(this: void): boolean } {
  const { knock, wait } = createKnock();
  let hasLeft = signal.aborted;
  const leave = (): void => {
    hasLeft = true;
    knock();
  };
  signal.addEventListener('abort', leave, { once: true });
  return { knock, wait, hasLeft: () => hasLeft };
}
