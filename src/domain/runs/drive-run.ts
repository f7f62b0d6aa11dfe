import { NotFoundError } from '../../base/errors.js';
import { untilStored } from '../../base/until-stored.js';
import type { AgentEvent, AgentResult } from '../agent/agent-event.js';
import type { AnswerSchema } from '../agent/answer-schema.js';
import { agentLoop } from '../agent/agent-loop.js';
import { tellHistory } from '../agent/history.js';
import type { Conversation, ConversationSummary } from '../conversations/conversation.js';
import { pathBack } from '../conversations/path.js';
import type { CallableModel, Model } from '../models/model.js';
import { withCost } from '../models/price.js';
import type { Needs } from '../needs.js';
import type { Tool } from '../tools/tool.js';
import { Candidates } from './candidates.js';
import type { Checkpoints } from './checkpoints.js';
import { endRun, howItEnded, type End } from './end-run.js';
import type { LiveRun } from './live-run.js';
import type { Run } from './run.js';
import { callIdOf, type RunBudget } from './run-budget.js';
import type { RunLog } from './run-log.js';
import { StoredTurn } from './store-turn.js';
import type { UsageBook } from './usage-book.js';

/** Milliseconds after which a turn is stored although the model has not been asked for it yet: a summary may come first, and who sends does not wait for that. */
const STORE_AFTER_MS = 50;

/** What it takes to drive a run. */
export type Driving = Pick<
  Needs,
  | 'clock'
  | 'log'
  | 'runs'
  | 'messages'
  | 'messageTokens'
  | 'conversations'
  | 'bell'
  | 'budgets'
  | 'usage'
  | 'models'
  | 'providers'
  | 'keyVault'
  | 'modelClients'
  | 'countTokens'
  | 'settings'
>;

/** What all runs of a process share. */
type Desk = {
  readonly needs: Driving;
  readonly log: RunLog;
  readonly checkpoints: Checkpoints;
  readonly book: UsageBook;
};

/** A run that was claimed, with all that its agent works on. */
export type RunJob = {
  readonly run: Run;
  readonly conversation: Conversation;
  readonly model: CallableModel;
  readonly budget: RunBudget;
  /** Those that this turn may use. */
  readonly tools: readonly Tool[];
  /** The form that the answer must have; null for any. */
  readonly answerSchema: AnswerSchema | null;
};

/**
 * Lets the agent of a run work, writes down what it does, and how it ended.
 *
 * `isStored` resolves when the user's message and the place of the answer are among the messages; it rejects if they cannot be, with NOT_FOUND if their
 * conversation is deleted.
 * `done` resolves when the run has ended, and never rejects.
 */
export function driveRun(desk: Desk, live: LiveRun, job: RunJob): { isStored: Promise<void>; done: Promise<void> } {
  const turn = new StoredTurn(desk.needs, live);
  const isStored = whenStored(desk, live, turn);
  // Not everybody who sends a message waits for that; the run's end waits for the turn itself.
  isStored.catch(() => undefined);
  const done = carryOut(desk, live, job, turn).catch((error: unknown) => {
    const runId = live.run.id;
    desk.needs.log.error({ runId, error }, 'a run could not be brought to its end; it is left to recovery');
    return desk.log.close(live.tail);
  });
  return { isStored, done };
}

async function whenStored({ checkpoints }: Desk, live: LiveRun, turn: StoredTurn): Promise<void> {
  if (!(await turn.done)) throw new NotFoundError('conversation');
  // What was written before there was a place for it is saved with the next round.
  if (!live.isEnding) checkpoints.mark(live);
}

async function carryOut(desk: Desk, live: LiveRun, job: RunJob, turn: StoredTurn): Promise<void> {
  const { bell, settings } = desk.needs;
  const unlisten = bell.listen(`cancel:${live.run.id}`, () => void stopIfAsked(desk.needs, live));
  const timeLimit = setTimeout(() => live.stop('TIME_LIMIT'), settings.runs.maxDurationMs);
  const storeLimit = setTimeout(() => turn.begin(), STORE_AFTER_MS);
  const end = await work(desk, live, job, turn).then(
    ({ stopReason }): End => ({ status: 'COMPLETED', stopReason, error: null }),
    (error: unknown) => howItEnded(desk.needs, live, error),
  );
  clearTimeout(timeLimit);
  clearTimeout(storeLimit);
  unlisten();
  live.isEnding = true;
  turn.begin();
  await turn.done;
  await endRun(desk, live, end);
}

/** A bell may ring although nobody asked, as when a lost connection is back. */
async function stopIfAsked({ runs, log }: Driving, live: LiveRun): Promise<void> {
  try {
    if (await runs.isCancelRequested(live.run.id)) live.stop('CANCELLED');
  } catch (error) {
    log.warn({ runId: live.run.id, error }, 'could not see whether a run is to be cancelled; its next renewal will');
  }
}

async function work(desk: Desk, live: LiveRun, job: RunJob, turn: StoredTurn): Promise<AgentResult> {
  const { run, conversation, tools, model, budget, answerSchema } = job;
  const { id: runId, userId, conversationId, userMessage, answerId, maxSteps } = run;
  const toolNames = tools.map(({ name }) => name);
  await live.append({ type: 'run-started', model: run.modelName, toolNames, userMessage, answerId });

  const candidates = new Candidates(desk.needs, conversation, model, budget);
  const path = pathBack(desk.needs, conversationId, userMessage.parentId, userMessage.position);
  const answerInstructions = answerSchema?.instructions ?? '';
  const told = { conversation, model: model.model, tools, userMessage, answerInstructions, path };
  const agent = { candidates: () => candidates.forNextStep(), tools, maxSteps, answerSchema };
  const context = { userId, conversationId, runId, signal: live.signal };

  const recording = { live, job, turn, offered: candidates.offered, unrepeatable: new Set<string>() };
  const history = await recordAll(desk, recording, tellHistory(told, await candidates.first(), live.signal));
  return recordAll(desk, recording, agentLoop(agent, history, context));
}

type Recording = {
  readonly live: LiveRun;
  readonly job: RunJob;
  readonly turn: StoredTurn;
  readonly offered: ReadonlyMap<string, Model>;
  /** Calls under way that must not be made twice, by their ids. */
  readonly unrepeatable: Set<string>;
};

/** Takes in what an agent does, to its end, and returns what comes of it. An agent whose events cannot be kept is let go. */
async function recordAll<Result>(
  desk: Desk,
  recording: Recording,
  events: AsyncIterator<AgentEvent, Result>,
): Promise<Result> {
  const { live, job, offered } = recording;
  try {
    for (;;) {
      const { value, done } = await events.next();
      if (done) return value;
      const event = value.type === 'model-called' ? priced(value, offered) : value;
      const isHeldUp = live.record(event);
      if (isHeldUp) await isHeldUp;
      const isKept = keep(desk, recording, event);
      if (isKept) await isKept;
      if (event.type === 'model-called') await job.budget.settle(event, event.usage);
    }
  } finally {
    await events.return?.();
  }
}

/** Puts on record what must not be lost before the agent goes on, and returns a promise for that; the rest is saved within a second. */
function keep(desk: Desk, recording: Recording, event: AgentEvent): Promise<void> | void {
  const { live, job, turn, unrepeatable } = recording;
  const { checkpoints } = desk;
  switch (event.type) {
    case 'tool-call-finished':
      if (event.fault !== undefined) {
        const { callId, fault: error } = event;
        desk.needs.log.error({ runId: live.run.id, callId, error }, 'a tool failed by a fault of ours');
      }
      return unrepeatable.delete(event.callId) ? saveNow(desk, live, turn) : checkpoints.mark(live);
    case 'text-delta':
    case 'reasoning-delta':
      return checkpoints.mark(live);
    case 'tool-call-started':
      if (isRepeatable(job.tools, event.name)) return checkpoints.mark(live);
      unrepeatable.add(event.callId);
      return saveNow(desk, live, turn);
    case 'step-started':
      // The model is asked once this returns; to store the turn can wait until then.
      return event.step === 1 ? void setImmediate(() => turn.begin()) : undefined;
    case 'history-summarized':
      return keepSummary(desk.needs, job, event.summary);
    case 'step-reset':
    case 'model-changed':
    case 'tool-mode-changed':
      return;
    case 'model-called':
      return desk.book.add(usageRecord(desk.needs, live, event));
  }
}

/** An answer can be saved once it has a place among the messages. */
async function saveNow({ checkpoints }: Desk, live: LiveRun, turn: StoredTurn): Promise<void> {
  await turn.done;
  await checkpoints.save(live);
}

/** If it is lost, it is made again. */
async function keepSummary(
  { conversations, log }: Driving,
  { conversation }: RunJob,
  summary: ConversationSummary,
): Promise<void> {
  await untilStored(log, () => conversations.update(conversation.id, { summary }));
}

/** What a tool does that is not repeatable is put on record before it is done, and as soon as it is. */
function isRepeatable(tools: readonly Tool[], name: string): boolean {
  return tools.find((tool) => tool.name === name)?.isRepeatable ?? true;
}

type ModelCalled = Extract<AgentEvent, { type: 'model-called' }>;

function priced(call: ModelCalled, offered: ReadonlyMap<string, Model>): ModelCalled {
  const model = offered.get(call.modelId);
  return model ? { ...call, usage: withCost(call.usage, model) } : call;
}

function usageRecord({ clock }: Driving, { run }: LiveRun, call: ModelCalled) {
  const { modelId, modelName, step, outcome, usage } = call;
  return {
    id: callIdOf(run.id, call),
    userId: run.userId,
    conversationId: run.conversationId,
    runId: run.id,
    messageId: run.answerId,
    modelId,
    modelName,
    step,
    outcome,
    usage,
    at: clock.now(),
  };
}
