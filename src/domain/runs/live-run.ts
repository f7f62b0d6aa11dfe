import { untilStored } from '../../base/until-stored.js';
import type { Needs } from '../needs.js';
import type { Draft } from '../conversations/message-store.js';
import type { AgentEvent } from '../agent/agent-event.js';
import { addUsage, NO_USAGE, type Usage } from '../usage/usage.js';
import { AnswerDraft } from './answer-draft.js';
import type { Run } from './run.js';
import type { RunEventBody } from './run-event.js';
import type { RunTail } from './run-log.js';

/** Numbers that are reserved at a time. One write serves so many events. */
export const SEQ_BLOCK = 2_000;

/** How many before the end of a block the next one is reserved, so that no event waits for it. */
const RESERVE_AHEAD = 500;

/** Why a run was stopped from outside its agent. */
export class RunStop extends Error {
  constructor(readonly why: 'CANCELLED' | 'TIME_LIMIT' | 'SHUTDOWN' | 'TAKEN_OVER') {
    super(`The run was stopped: ${why}.`);
  }
}

/** A run while this process drives it: its numbers, its answer so far, and how to stop it. */
export class LiveRun {
  readonly #stopping = new AbortController();
  readonly #draft = new AnswerDraft();
  #seq = 0;
  #reserved = SEQ_BLOCK;
  #reserving: Promise<void> | undefined;
  #usage: Usage = NO_USAGE;
  #steps = 0;
  /** Set once the last state is being written: from then on nobody else has to. */
  isEnding = false;

  constructor(
    private readonly needs: Pick<Needs, 'runs' | 'clock' | 'log'>,
    readonly run: Run,
    readonly fence: number,
    readonly tail: RunTail,
  ) {}

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  get usage(): Usage {
    return this.#usage;
  }

  get steps(): number {
    return this.#steps;
  }

  stop(why: RunStop['why']): void {
    this.#stopping.abort(new RunStop(why));
  }

  /** Takes in what the agent did: into the answer, the books, and the log for those events that readers see. Waits where {@link append} does. */
  record(event: AgentEvent): Promise<void> | undefined {
    this.#draft.add(event);
    if (event.type === 'model-called') {
      this.#usage = addUsage(this.#usage, event.usage);
      return undefined;
    }
    if (event.type === 'step-started') this.#steps = event.step;
    return this.append(publicOf(event));
  }

  /** Gives the event the next number, and puts it into the log: at once, or as {@link nextSeq} lets it. */
  append(body: RunEventBody): Promise<void> | undefined {
    const seq = this.nextSeq();
    if (typeof seq !== 'number') return seq.then((late) => this.#put(late, body));
    this.#put(seq, body);
    return undefined;
  }

  /** A promise only where the next block is not reserved yet: to wait for each token would cost more than the token. Rejects with what the store throws. */
  nextSeq(): number | Promise<number> {
    if (this.#seq + RESERVE_AHEAD >= this.#reserved) void this.#reserveAhead();
    if (this.#seq >= this.#reserved) return this.#reserveAhead().then(() => this.nextSeq());
    this.#seq += 1;
    return this.#seq;
  }

  draft(): Draft {
    return { messageId: this.run.answerId, fence: this.fence, seq: this.#seq, parts: this.#draft.parts() };
  }

  #put(seq: number, body: RunEventBody): void {
    const { id: runId } = this.run;
    const at = this.needs.clock.now();
    // Nearly all events are deltas; to spread one would cost more than all else that is done with it here.
    const isDelta = body.type === 'text-delta' || body.type === 'reasoning-delta';
    this.tail.append(isDelta ? { type: body.type, text: body.text, runId, seq, at } : { ...body, runId, seq, at });
  }

  /** Who has to wait for the block hears of a failure; until then, the next event tries again. */
  #reserveAhead(): Promise<void> {
    if (!this.#reserving) {
      this.#reserving = this.#reserve().finally(() => (this.#reserving = undefined));
      this.#reserving.catch(() => undefined);
    }
    return this.#reserving;
  }

  async #reserve(): Promise<void> {
    const upTo = this.#reserved + SEQ_BLOCK;
    const isOurs = await untilStored(this.needs.log, () => this.needs.runs.reserveSeq(this.run.id, this.fence, upTo));
    if (!isOurs) this.stop('TAKEN_OVER');
    this.#reserved = upTo;
  }
}

/** What readers see of what an agent does. */
function publicOf(event: Exclude<AgentEvent, { type: 'model-called' }>): RunEventBody {
  if (event.type === 'history-summarized') return { type: event.type, upToMessageId: event.summary.upToMessageId };
  if (event.type !== 'tool-call-finished') return event;
  const { fault: _fault, ...seen } = event;
  return seen;
}
