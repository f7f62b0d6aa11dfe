import { agentLoop } from '../agent/agent-loop.js';
import type { AgentEvent, AgentResult } from '../agent/agent-event.js';
import { fitHistory } from '../agent/history.js';
import type { Conversation } from '../conversations/conversation.js';
import type { CallableModel, Model } from '../models/model.js';
import { withCost } from '../models/price.js';
import type { Needs } from '../needs.js';
import type { Tool } from '../tools/tool.js';
import { emptyAnswer } from './answer-draft.js';
import type { Checkpoints } from './checkpoints.js';
import { Candidates } from './candidates.js';
import { endRun, howItEnded, type End } from './end-run.js';
import type { LiveRun } from './live-run.js';
import type { Run } from './run.js';
import type { RunLog } from './run-log.js';
import { untilStored } from './until-stored.js';

type Driving = Pick<
  Needs,
  | 'clock'
  | 'log'
  | 'runs'
  | 'messages'
  | 'conversations'
  | 'usage'
  | 'bell'
  | 'models'
  | 'providers'
  | 'keyVault'
  | 'modelClients'
  | 'settings'
>;

type Desk = { readonly needs: Driving; readonly log: RunLog; readonly checkpoints: Checkpoints };

/** A run that was claimed, with all that its agent works on. */
export type RunJob = {
  readonly run: Run;
  readonly conversation: Conversation;
  readonly model: CallableModel;
  /** Those that this turn may use. */
  readonly tools: readonly Tool[];
};

/**
 * Lets the agent of a run work, writes down what it does, and how it ended. Neither promise rejects.
 *
 * `isStored` resolves when the user's message and the place of the answer are among the messages, `done` when the run has ended.
 */
export function driveRun(desk: Desk, live: LiveRun, job: RunJob): { isStored: Promise<void>; done: Promise<void> } {
  const stored = storeTurn(desk.needs, live, job);
  const done = carryOut(desk, live, job, stored).catch((error: unknown) => {
    desk.needs.log.error(
      { runId: live.run.id, error },
      'a run could not be brought to its end; it is left to recovery',
    );
    return desk.log.close(live.tail);
  });
  return { isStored: stored.catch(() => undefined), done };
}

/** The run holds the user's message already; this puts it, and the place for the answer, where the conversation is read from. */
async function storeTurn(
  { log, messages, conversations, runs }: Driving,
  live: LiveRun,
  { run }: RunJob,
): Promise<void> {
  const answer = emptyAnswer(run);
  await untilStored(log, () => messages.insertMissing([run.userMessage, answer], live.fence));
  const turn = { nextPosition: answer.position + 1, activeLeafId: answer.id, at: run.startedAt };
  const isThere = await untilStored(log, () => conversations.advance(run.conversationId, turn));
  if (!isThere) await forgetTurn(live, { messages, runs });
}

/** The conversation was deleted while the message was on its way. */
async function forgetTurn(live: LiveRun, { messages, runs }: Pick<Needs, 'messages' | 'runs'>): Promise<void> {
  live.stop('CANCELLED');
  await runs.deleteOfConversation(live.run.conversationId);
  await messages.deleteOfConversation(live.run.conversationId);
}

async function carryOut(desk: Desk, live: LiveRun, job: RunJob, stored: Promise<void>): Promise<void> {
  const { bell, settings } = desk.needs;
  const unlisten = bell.listen(`cancel:${live.run.id}`, () => void stopIfAsked(desk.needs, live));
  const timeLimit = setTimeout(() => live.stop('TIME_LIMIT'), settings.runs.maxDurationMs);
  const end = await work(desk, live, job, stored).then(
    ({ stopReason }): End => ({ status: 'COMPLETED', stopReason, error: null }),
    (error: unknown) => howItEnded(desk.needs, live, error),
  );
  clearTimeout(timeLimit);
  unlisten();
  live.isEnding = true;
  await stored;
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

async function work(desk: Desk, live: LiveRun, job: RunJob, stored: Promise<void>): Promise<AgentResult> {
  const { run, conversation, tools } = job;
  const { needs } = desk;
  await live.append({
    type: 'run-started',
    model: run.modelName,
    toolNames: tools.map(({ name }) => name),
    userMessage: run.userMessage,
    answerId: run.answerId,
  });
  const history = await fitHistory(needs, {
    conversation,
    model: job.model.model,
    tools,
    userMessage: run.userMessage,
  });
  const candidates = new Candidates(needs, conversation, job.model);
  const agent = { candidates: () => candidates.forNextStep(), tools, maxSteps: run.maxSteps };
  const context = { userId: run.userId, conversationId: run.conversationId, runId: run.id, signal: live.signal };
  const events = agentLoop(agent, history, context);
  for (;;) {
    const { value, done } = await events.next();
    if (done) return value;
    const event = value.type === 'model-called' ? priced(value, candidates.offered) : value;
    await live.record(event);
    await keep(desk, live, event, stored);
  }
}

/** Puts on record what must not be lost before the agent goes on; the rest is saved within a second. */
async function keep(
  { needs, checkpoints }: Desk,
  live: LiveRun,
  event: AgentEvent,
  stored: Promise<void>,
): Promise<void> {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'tool-call-finished':
      return checkpoints.mark(live);
    case 'tool-call-started':
      await stored;
      return checkpoints.save(live);
    case 'step-started':
      if (event.step === 1) return;
      return checkpoints.save(live);
    case 'step-reset':
    case 'model-changed':
    case 'tool-mode-changed':
      return;
    case 'model-called':
      return recordUsage(needs, live, event);
  }
}

type ModelCalled = Extract<AgentEvent, { type: 'model-called' }>;

function priced(call: ModelCalled, offered: ReadonlyMap<string, Model>): ModelCalled {
  const model = offered.get(call.modelId);
  return model ? { ...call, usage: withCost(call.usage, model) } : call;
}

async function recordUsage(needs: Driving, { run }: LiveRun, call: ModelCalled): Promise<void> {
  const { modelId, modelName, step, attempt, outcome, usage } = call;
  const record = {
    id: `${run.id}-${step}-${attempt}`,
    userId: run.userId,
    conversationId: run.conversationId,
    runId: run.id,
    messageId: run.answerId,
    modelId,
    modelName,
    step,
    outcome,
    usage,
    at: needs.clock.now(),
  };
  await untilStored(needs.log, () => needs.usage.record(record));
}
