import { createHash } from 'node:crypto';
import { AppError, InvalidInputError } from '../../base/errors.js';
import { answerSchema } from '../agent/answer-schema.js';
import { openConversation } from '../conversations/conversations.js';
import type { Conversation } from '../conversations/conversation.js';
import type { Message } from '../conversations/message.js';
import { findCallableModel } from '../models/callable-model.js';
import { NO_USAGE } from '../usage/usage.js';
import type { Needs } from '../needs.js';
import type { Tool } from '../tools/tool.js';
import { toolsOfTurn } from '../tools/tools-of-turn.js';
import type { Toolbox } from '../tools/tools.js';
import { requireCreator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';
import type { RunJob } from './drive-run.js';
import type { RunDriver } from './run-driver.js';
import { RunBudget } from './run-budget.js';
import type { Run } from './run.js';

/** Characters (UTF-16 code units) of one message. */
export const MAX_MESSAGE_CHARS = 32_000;

const MAX_CLIENT_ID_CHARS = 128;

/** Names of tools in one message. */
const MAX_TOOL_NAMES = 100;

/** How often a claim is tried again when others have moved the conversation on meanwhile. */
const MAX_TRIES = 10;

export type NewMessage = {
  readonly conversationId: string;
  readonly text: string;
  /** The client's own id: sent again, it gives the run that it started. */
  readonly clientMessageId: string | null;
  /** Tools allowed in this turn; null is all that need not be asked for. */
  readonly toolNames: readonly string[] | null;
  /** Null: the conversation's own. */
  readonly modelId: string | null;
  /** JSON Schema of the answer; null for any. */
  readonly responseSchema: unknown;
};

/**
 * `isStored` resolves when the message is among those of its conversation; accepted, and safe, it is already. It rejects with NOT_FOUND, and nothing is left
 * but what the model took, if the conversation is deleted meanwhile.
 */
export type Sent = { readonly run: Run; readonly isStored: Promise<void> };

/** What it takes to send a message. */
export type Sending = {
  readonly needs: Pick<
    Needs,
    | 'clock'
    | 'log'
    | 'newId'
    | 'conversations'
    | 'runs'
    | 'models'
    | 'providers'
    | 'keyVault'
    | 'budgets'
    | 'usage'
    | 'settings'
  >;
  readonly toolbox: Toolbox;
  readonly driver: RunDriver;
};

/**
 * Accepts a user's message and starts the run that answers it.
 *
 * Inserting the run, with the message in it, is the one write that accepts both; it is durable before the model is called. The same `clientMessageId` from the
 * same user again gives the same run, however many send it at once.
 *
 * @throws {AppError} INVALID_INPUT for a text, tool or id that cannot be; NOT_FOUND where the conversation is not theirs; MODEL_UNAVAILABLE;
 * CONFLICT where a run is active, or where the id was used for something else; LIMIT_EXCEEDED past the runs that a user may have active;
 * SERVICE_UNAVAILABLE while the server is shutting down.
 */
export async function sendMessage(
  { needs, toolbox, driver }: Sending,
  viewer: Viewer,
  input: NewMessage,
): Promise<Sent> {
  requireCreator(viewer);
  checkInput(input);
  const tools = chooseTools(toolbox, input.toolNames);
  const form = input.responseSchema === null ? null : answerSchema('responseSchema', input.responseSchema);
  try {
    return await accept({ needs, driver }, viewer, input, { tools, answerSchema: form });
  } catch (error) {
    // What was sent before is there, whatever keeps it from being sent now.
    const sent = input.clientMessageId && (await needs.runs.findByClientMessageId(viewer.id, input.clientMessageId));
    if (!sent) throw error;
    return { run: sameRun(sent, input), isStored: Promise.resolve() };
  }
}

async function accept(
  { needs, driver }: Pick<Sending, 'needs' | 'driver'>,
  viewer: Viewer,
  input: NewMessage,
  how: Pick<RunJob, 'tools' | 'answerSchema'>,
): Promise<Sent> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const conversation = await openConversation(needs, viewer, input.conversationId);
    if (driver.isDraining) throw new AppError('SERVICE_UNAVAILABLE', 'The server is about to stop.', SOON_AGAIN);
    const model = await findCallableModel(needs, input.modelId ?? conversation.modelId);
    const run = newRun(needs, viewer, conversation, input, { id: model.model.id, name: model.model.name });
    const budget = new RunBudget(needs, run);
    const claim = await driver.claim(run);
    switch (claim.outcome) {
      case 'claimed':
        return { run, isStored: driver.start({ run, conversation, model, budget, ...how }) };
      case 'duplicate':
        return { run: sameRun(claim.run, input), isStored: Promise.resolve() };
      case 'busy':
        throw new AppError('CONFLICT', 'The conversation is still being answered.', { isRetryable: true });
      case 'full':
        throw new AppError('LIMIT_EXCEEDED', `At most ${needs.settings.runs.maxActivePerUser} runs at a time.`, {
          isRetryable: true,
        });
      case 'stale':
        continue;
    }
  }
  throw new AppError('CONFLICT', 'Others are writing to the conversation at the same time.', { isRetryable: true });
}

const SOON_AGAIN = { isRetryable: true, retryAfterMs: 1_000 } as const;

function checkInput({ text, clientMessageId }: NewMessage): void {
  if (text.trim() === '') throw new InvalidInputError('text', 'A message cannot be blank.');
  if (text.length > MAX_MESSAGE_CHARS)
    throw new InvalidInputError('text', `A message has at most ${MAX_MESSAGE_CHARS} characters.`);
  if (!text.isWellFormed()) throw new InvalidInputError('text', 'The text is not well-formed Unicode.');
  if (clientMessageId !== null && !/^[\x21-\x7e]+$/.test(clientMessageId))
    throw new InvalidInputError('clientMessageId', 'An id has visible ASCII characters only.');
  if (clientMessageId !== null && clientMessageId.length > MAX_CLIENT_ID_CHARS) {
    throw new InvalidInputError('clientMessageId', `An id has at most ${MAX_CLIENT_ID_CHARS} characters.`);
  }
}

function chooseTools(toolbox: Toolbox, names: readonly string[] | null): readonly Tool[] {
  if (names && names.length > MAX_TOOL_NAMES)
    throw new InvalidInputError('toolNames', `At most ${MAX_TOOL_NAMES} tools at a time.`);
  const tools = toolsOfTurn(toolbox, names);
  const unknown = names?.find((name) => !tools.some((tool) => tool.name === name));
  if (unknown === undefined) return tools;
  throw new InvalidInputError('toolNames', `There is no usable tool named ${JSON.stringify(unknown.slice(0, 64))}.`);
}

function newRun(
  { clock, newId, settings }: Sending['needs'],
  viewer: Viewer,
  conversation: Conversation,
  input: NewMessage,
  model: { id: string; name: string },
): Run {
  const now = clock.now();
  const id = newId('run');
  const userMessage: Message = {
    id: newId('msg'),
    conversationId: conversation.id,
    parentId: conversation.activeLeafId,
    position: conversation.nextPosition,
    role: 'USER',
    parts: [{ type: 'text', text: input.text }],
    status: 'COMPLETE',
    runId: id,
    usage: null,
    createdAt: now,
  };
  return {
    id,
    conversationId: conversation.id,
    userId: viewer.id,
    status: 'RUNNING',
    stopReason: null,
    error: null,
    modelId: model.id,
    modelName: model.name,
    toolNames: input.toolNames,
    userMessage,
    answerId: newId('msg'),
    clientMessageId: input.clientMessageId,
    requestHash: hashOf(input),
    steps: 0,
    maxSteps: settings.runs.maxSteps,
    usage: NO_USAGE,
    lastSeq: 0,
    startedAt: now,
    finishedAt: null,
  };
}

/** @throws {AppError} CONFLICT if the id was used for another request. */
function sameRun(run: Run, input: NewMessage): Run {
  if (run.requestHash === hashOf(input)) return run;
  throw new AppError('CONFLICT', 'This clientMessageId was used for another message.', { field: 'clientMessageId' });
}

function hashOf({ conversationId, text, toolNames, modelId, responseSchema }: NewMessage): string {
  return createHash('sha256')
    .update(JSON.stringify([conversationId, text, toolNames, modelId, responseSchema]))
    .digest('base64url');
}
