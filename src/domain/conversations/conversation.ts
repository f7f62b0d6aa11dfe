import type { ToolMode } from '../models/model.js';

export type ConversationKind = 'PERSONAL' | 'SYSTEM';
export type Visibility = 'PRIVATE' | 'PUBLIC';
/** Who gave the title; DEFAULT until somebody does. */
export type TitleSource = 'DEFAULT' | 'USER' | 'GENERATED' | 'INHERITED';

export const DEFAULT_TITLE = '제목 없음';

/** What the model is told of what is long ago. */
export type ConversationSummary = {
  readonly text: string;
  /** The newest message that is in it. */
  readonly upToMessageId: string;
};

export type Conversation = {
  readonly id: string;
  readonly kind: ConversationKind;
  readonly ownerId: string;
  readonly visibility: Visibility;
  readonly title: string;
  readonly titleSource: TitleSource;
  readonly modelId: string;
  /** As they were when the model was chosen, so that the conversation can be read after the model is deleted. */
  readonly providerName: string;
  readonly modelName: string;
  /** Models that stand in, in this order, when the service of `modelId` fails. */
  readonly fallbackModelIds: readonly string[];
  /** How the model is asked to use tools; null: as the model has it. */
  readonly agentMode: ToolMode | null;
  /** Null: as the model has it. */
  readonly temperature: number | null;
  readonly maxOutputTokens: number | null;
  /** What the model is told first, in the owner's words; empty for nothing. */
  readonly instructions: string;
  readonly summary: ConversationSummary | null;
  /** The message that ends the path which is shown; null while there is none. */
  readonly activeLeafId: string | null;
  /** The position that the next message takes. */
  readonly nextPosition: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastMessageAt: Date | null;
};
