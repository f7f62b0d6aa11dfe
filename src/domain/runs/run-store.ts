import type { EndStatus, Run, RunError, StopReason } from './run.js';
import type { Usage } from '../usage/usage.js';

/** Which process drives a run, and until when. A lease that is not renewed lets another process take the run over with a higher fence; what the old holder then writes is refused. */
export type RunLease = { readonly holder: string; readonly until: Date };

/** What became of an attempt to start a run. */
export type Claim =
  | { readonly outcome: 'claimed' }
  /** Another run of the conversation has not ended. */
  | { readonly outcome: 'busy' }
  /** The same user has sent this `clientMessageId` before; `run` is what it started. */
  | { readonly outcome: 'duplicate'; readonly run: Run }
  /** The position was taken meanwhile: read the conversation again. */
  | { readonly outcome: 'stale' }
  /** Its user has as many active runs as they may. */
  | { readonly outcome: 'full' };

export type ClaimLimits = {
  /** Numbers of events up to this one are reserved for the run. */
  readonly reservedSeq: number;
  /** Runs that its user may have active, in all processes together. Where the limit was lowered, more may stay active until runs that were claimed before have ended. */
  readonly maxActive: number;
};

export type RunEnd = {
  readonly status: EndStatus;
  readonly stopReason: StopReason | null;
  readonly error: RunError | null;
  readonly steps: number;
  readonly usage: Usage;
  readonly lastSeq: number;
  readonly finishedAt: Date;
};

export type TakenOver = {
  readonly run: Run;
  readonly fence: number;
  /** Every number up to this one may be known to a reader. */
  readonly reservedSeq: number;
  readonly isCancelRequested: boolean;
};

/** Every implementation passes `test/contract/run-store.ts`. */
export interface RunStore {
  /** Inserts the run if nothing speaks against it: one write, decided by unique indexes. */
  claim(run: Run, lease: RunLease & { readonly fence: number }, limits: ClaimLimits): Promise<Claim>;
  find(id: string): Promise<Run | null>;
  /** Those that exist, in any order. */
  findMany(ids: readonly string[]): Promise<Run[]>;
  findByClientMessageId(userId: string, clientMessageId: string): Promise<Run | null>;
  /** Those that have not ended: at most one of each conversation. */
  listActive(conversationIds: readonly string[]): Promise<Run[]>;
  /** False if the run has ended or has a higher fence: stop driving it. */
  reserveSeq(id: string, fence: number, upTo: number): Promise<boolean>;
  /** False as for {@link reserveSeq}. */
  finish(id: string, fence: number, end: RunEnd): Promise<boolean>;
  /** From now on {@link isCancelRequested} and {@link renew} tell whoever drives it. One that has ended stays as it is. */
  requestCancel(id: string): Promise<void>;
  isCancelRequested(id: string): Promise<boolean>;
  /** Renews the leases of those of the runs that `holder` still has. Returns them, and those among them that somebody asked to cancel. */
  renew(lease: RunLease, ids: readonly string[]): Promise<{ held: readonly string[]; cancelled: readonly string[] }>;
  /** Takes over runs whose lease ended before `now`, in any order, each once, with a fence one higher. At most `limit`: ask again while as many come back. @param except Ids of runs to leave. */
  takeOver(lease: RunLease, now: Date, limit: number, except?: readonly string[]): Promise<TakenOver[]>;
  deleteOfConversation(conversationId: string): Promise<void>;
}
