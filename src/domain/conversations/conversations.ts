import { AppError, InvalidInputError, NotFoundError } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import { checkLine } from '../characters.js';
import { findCallableModel } from '../models/callable-model.js';
import { MAX_FALLBACK_MODELS, type ToolMode } from '../models/model.js';
import type { Needs } from '../needs.js';
import { requireCreator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';
import { DEFAULT_TITLE, type Conversation } from './conversation.js';
import type { ConversationChanges, ConversationCursor } from './conversation-store.js';

/** Characters as a person counts them (grapheme clusters). */
const TITLE_LENGTH = { min: 1, max: 100 };

/** UTF-16 code units. */
export const MAX_INSTRUCTIONS_CHARS = 16_000;

type Describing = Pick<Needs, 'models' | 'providers' | 'keyVault'>;

export type ConversationSettings = {
  /** Undefined leaves it; at creation, the default model. */
  readonly modelId?: string | undefined;
  /** At most {@link MAX_FALLBACK_MODELS}. */
  readonly fallbackModelIds?: readonly string[] | undefined;
  /** Null: as the model has it. */
  readonly agentMode?: ToolMode | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly maxOutputTokens?: number | null | undefined;
  readonly instructions?: string | undefined;
};

/** Who may read it. The one predicate for lists, nodes, subscriptions and counts alike. */
export function canRead(viewer: Pick<Viewer, 'id'>, conversation: Pick<Conversation, 'ownerId'>): boolean {
  return conversation.ownerId === viewer.id;
}

/**
 * Finds a conversation that the viewer may read.
 *
 * @throws {NotFoundError} also when it is not theirs to read, so that ids cannot be probed.
 */
export async function openConversation(
  { conversations }: Pick<Needs, 'conversations'>,
  viewer: Viewer,
  id: string,
): Promise<Conversation> {
  const conversation = isId('conv', id) ? await conversations.find(id) : null;
  if (!conversation || !canRead(viewer, conversation)) throw new NotFoundError('conversation');
  return conversation;
}

/**
 * Makes a conversation of the viewer's own. It never contacts the model.
 *
 * @throws {AppError} FORBIDDEN for guests; MODEL_UNAVAILABLE; INVALID_INPUT for settings that cannot be.
 */
export async function createConversation(
  needs: Describing & Pick<Needs, 'conversations' | 'clock' | 'newId'>,
  viewer: Viewer,
  input: ConversationSettings & { readonly title?: string | undefined },
): Promise<Conversation> {
  requireCreator(viewer);
  checkSettings(input);
  const title = input.title === undefined ? null : checkLine('title', input.title, TITLE_LENGTH);
  const model = await describeModel(needs, input.modelId ?? null);
  const now = needs.clock.now();
  const conversation: Conversation = {
    id: needs.newId('conv'),
    kind: 'PERSONAL',
    ownerId: viewer.id,
    visibility: 'PRIVATE',
    title: title ?? DEFAULT_TITLE,
    titleSource: title === null ? 'DEFAULT' : 'USER',
    ...model,
    fallbackModelIds: await checkFallbacks(needs, input.fallbackModelIds ?? []),
    agentMode: input.agentMode ?? null,
    temperature: input.temperature ?? null,
    maxOutputTokens: input.maxOutputTokens ?? null,
    instructions: input.instructions ?? '',
    summary: null,
    activeLeafId: null,
    nextPosition: 1,
    createdAt: now,
    updatedAt: now,
    lastMessageAt: null,
  };
  await needs.conversations.insert(conversation);
  return conversation;
}

/** Changes what is given and leaves the rest. @throws {AppError} as {@link createConversation} does, and NOT_FOUND. */
export async function updateConversation(
  needs: Describing & Pick<Needs, 'conversations' | 'clock'>,
  viewer: Viewer,
  id: string,
  input: ConversationSettings,
): Promise<Conversation> {
  requireCreator(viewer);
  checkSettings(input);
  await openConversation(needs, viewer, id);
  const { temperature, maxOutputTokens, instructions, fallbackModelIds, agentMode } = input;
  return change(needs, viewer, id, {
    ...(input.modelId === undefined ? {} : await describeModel(needs, input.modelId)),
    ...(fallbackModelIds === undefined ? {} : { fallbackModelIds: await checkFallbacks(needs, fallbackModelIds) }),
    ...(agentMode === undefined ? {} : { agentMode }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(instructions === undefined ? {} : { instructions }),
  });
}

/** @throws {AppError} INVALID_INPUT for a title that cannot be; NOT_FOUND. Only the owner can. */
export async function renameConversation(
  needs: Pick<Needs, 'conversations' | 'clock'>,
  viewer: Viewer,
  id: string,
  title: string,
): Promise<Conversation> {
  requireCreator(viewer);
  await openConversation(needs, viewer, id);
  return change(needs, viewer, id, { title: checkLine('title', title, TITLE_LENGTH), titleSource: 'USER' });
}

/** The viewer's own, last changed first. */
export function listConversations(
  { conversations }: Pick<Needs, 'conversations'>,
  viewer: Viewer,
  limit: number,
  after: ConversationCursor | null,
): Promise<Conversation[]> {
  return conversations.listOwned(viewer.id, limit, after);
}

async function change(
  needs: Pick<Needs, 'conversations' | 'clock'>,
  viewer: Viewer,
  id: string,
  changes: ConversationChanges,
): Promise<Conversation> {
  await needs.conversations.update(id, { ...changes, updatedAt: needs.clock.now() });
  return openConversation(needs, viewer, id);
}

async function describeModel(
  needs: Describing,
  modelId: string | null,
): Promise<Pick<Conversation, 'modelId' | 'modelName' | 'providerName'>> {
  const { model, provider } =
    modelId === null ? await findDefaultModel(needs) : await findCallableModel(needs, modelId);
  if (model.kind !== 'CHAT') throw new InvalidInputError('modelId', 'This model does not chat.');
  return { modelId: model.id, modelName: model.name, providerName: provider.name };
}

async function checkFallbacks(needs: Describing, modelIds: readonly string[]): Promise<readonly string[]> {
  if (modelIds.length > MAX_FALLBACK_MODELS) {
    throw new InvalidInputError('fallbackModelIds', `At most ${MAX_FALLBACK_MODELS} models can stand in.`);
  }
  for (const id of modelIds) await describeModel(needs, id);
  return modelIds;
}

async function findDefaultModel(needs: Describing) {
  const model = await needs.models.findDefault('CHAT');
  if (!model)
    throw new AppError('MODEL_UNAVAILABLE', 'There is no default model. Name one, or ask an administrator to set one.');
  return findCallableModel(needs, model.id);
}

function checkSettings({ temperature, maxOutputTokens, instructions }: ConversationSettings): void {
  if (temperature != null && !(temperature >= 0 && temperature <= 2))
    throw new InvalidInputError('temperature', 'A temperature is a number from 0 to 2.');
  if (
    maxOutputTokens != null &&
    !(Number.isInteger(maxOutputTokens) && maxOutputTokens >= 1 && maxOutputTokens <= 1_000_000)
  ) {
    throw new InvalidInputError('maxOutputTokens', 'maxOutputTokens is a whole number from 1 to 1,000,000.');
  }
  if (instructions !== undefined && instructions.length > MAX_INSTRUCTIONS_CHARS) {
    throw new InvalidInputError('instructions', `Instructions have at most ${MAX_INSTRUCTIONS_CHARS} characters.`);
  }
  if (instructions !== undefined && !instructions.isWellFormed())
    throw new InvalidInputError('instructions', 'The text is not well-formed Unicode.');
}
