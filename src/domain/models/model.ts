import type { Secret } from '../../base/secret.js';

/** Models that may stand in for one. */
export const MAX_FALLBACK_MODELS = 4;

/** How a model is asked to use tools. AUTO starts at TOOLS. */
export type ToolMode = 'AUTO' | 'TOOLS' | 'FUNCTIONS' | 'REACT' | 'NONE';
export type ModelKind = 'CHAT' | 'EMBEDDING';

/** What a provider speaks: the OpenAI API, or nothing at all (the scripted model that is built in). */
export type ProviderProtocol = 'OPENAI' | 'DEMO';

export type Provider = {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  readonly protocol: ProviderProtocol;
  /** Such as `https://api.openai.com/v1`; `demo:` for the one that is built in. */
  readonly baseUrl: string;
  readonly hasApiKey: boolean;
  /** What administrators decide. */
  readonly isEnabled: boolean;
  /** Name of the preset that keeps it in step with the environment; null for one that an administrator made. */
  readonly preset: string | null;
  /** The environment named it once, and does not any more. It is kept, so that its models are the same ones when it comes back. */
  readonly isWithdrawn: boolean;
  readonly createdAt: Date;
};

export type Model = {
  readonly id: string;
  readonly providerId: string;
  /** As the service calls it. Unique within the provider. */
  readonly name: string;
  readonly displayName: string;
  readonly kind: ModelKind;
  /** What administrators decide. */
  readonly isEnabled: boolean;
  readonly toolMode: ToolMode;
  /** Models that stand in, in this order, when its service fails, where a conversation names none. */
  readonly fallbackModelIds: readonly string[];
  /** What AUTO has found to work; null until a run has found out. */
  readonly detectedToolMode: ToolMode | null;
  /** Tokens, input and output together; null where nobody said. */
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
  /** Milliseconds until the first byte of an answer. */
  readonly firstByteTimeoutMs: number;
  /** Milliseconds between two bytes of an answer. */
  readonly idleTimeoutMs: number;
  /** US dollars per million tokens; null where nobody said. */
  readonly inputPrice: number | null;
  readonly outputPrice: number | null;
  readonly preset: string | null;
  /** As for providers. */
  readonly isWithdrawn: boolean;
  readonly createdAt: Date;
};

/** Whether it may be used, as far as it decides that itself: a model also needs its provider. */
export function isUsable({ isEnabled, isWithdrawn }: Pick<Model | Provider, 'isEnabled' | 'isWithdrawn'>): boolean {
  return isEnabled && !isWithdrawn;
}

/** A model with all that is needed to call it. */
export type CallableModel = { readonly model: Model; readonly provider: Provider; readonly apiKey: Secret | null };
