import type { Secret } from '../../base/secret.js';
import type { Model, ModelKind } from './model.js';

export type PresetModel = Pick<Model, 'name' | 'displayName'> &
  Partial<Pick<Model, 'kind' | 'contextWindow' | 'inputPrice' | 'outputPrice'>>;

/** A provider that the environment can set up. Its settings are `<preset>_API_KEY`, `_BASE_URL`, `_MODEL`, `_MAX_TOKENS` and `_TEMPERATURE`. */
export type Preset = {
  /** Such as `OPENAI`. */
  readonly preset: string;
  readonly name: string;
  /** What the models are that the environment names, where the row does not know them. Only those that chat have the last two settings. */
  readonly kind: ModelKind;
  /** Null: the environment must name it, and the models. Otherwise a key is what sets the provider up. */
  readonly baseUrl: string | null;
  /** Used where the environment names no models. */
  readonly models: readonly PresetModel[];
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
};

/** A new provider is a row. Prices, in US dollars per million tokens, are what new rows start with; administrators keep them right. */
export const PRESETS: readonly Preset[] = [
  {
    preset: 'OPENAI',
    name: 'OpenAI',
    kind: 'CHAT',
    baseUrl: 'https://api.openai.com/v1',
    models: [
      { name: 'gpt-5-mini', displayName: 'GPT-5 mini', contextWindow: 400_000, inputPrice: 0.25, outputPrice: 2 },
      { name: 'gpt-5', displayName: 'GPT-5', contextWindow: 400_000, inputPrice: 1.25, outputPrice: 10 },
      {
        name: 'gpt-4.1-mini',
        displayName: 'GPT-4.1 mini',
        contextWindow: 1_047_576,
        inputPrice: 0.4,
        outputPrice: 1.6,
      },
    ],
    maxOutputTokens: null,
    temperature: null,
  },
  {
    preset: 'DEEPSEEK',
    name: 'DeepSeek',
    kind: 'CHAT',
    baseUrl: 'https://api.deepseek.com/v1',
    models: [
      {
        name: 'deepseek-chat',
        displayName: 'DeepSeek Chat',
        contextWindow: 131_072,
        inputPrice: 0.28,
        outputPrice: 0.42,
      },
      {
        name: 'deepseek-reasoner',
        displayName: 'DeepSeek Reasoner',
        contextWindow: 131_072,
        inputPrice: 0.28,
        outputPrice: 0.42,
      },
    ],
    maxOutputTokens: null,
    temperature: null,
  },
  { preset: 'VLLM', name: 'vLLM', kind: 'CHAT', baseUrl: null, models: [], maxOutputTokens: 1_000, temperature: 0.7 },
  {
    preset: 'OPENAI_COMPATIBLE',
    name: 'OpenAI-compatible',
    kind: 'CHAT',
    baseUrl: null,
    models: [],
    maxOutputTokens: null,
    temperature: null,
  },
  {
    preset: 'EMBEDDING',
    name: 'Embeddings',
    kind: 'EMBEDDING',
    baseUrl: null,
    models: [],
    maxOutputTokens: null,
    temperature: null,
  },
];

/** One preset that the environment sets up, with what it decides in place of the row. */
export type PresetSettings = {
  /** That of a row of {@link PRESETS}. */
  readonly preset: string;
  readonly apiKey: Secret | null;
  readonly baseUrl: string;
  /** Empty: those of the row. */
  readonly modelNames: readonly string[];
  /** What the environment says, else the row; null leaves it to administrators. */
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
};
