import { AppError } from '../../base/errors.js';
import type { CallableModel } from '../../domain/models/model.js';

/** What a service wants to be asked differently from most. */
export type Dialect = {
  /** OpenAI's own newer models refuse `max_tokens`; nearly everybody else knows nothing else. */
  readonly limitField: 'max_tokens' | 'max_completion_tokens';
  /** Whether it may be asked to say what it took. */
  readonly hasStreamOptions: boolean;
  /** Models that reason take only their own. */
  readonly hasTemperature: boolean;
  /** Templates of some open models know users and assistants only. */
  readonly hasSystemRole: boolean;
  /** Whether it wants to be told again what its model thought before it called a tool. */
  readonly hasReasoning: boolean;
};

/** Models whose dialects are remembered. */
const MAX_KNOWN = 1_000;

/** That a field is refused, and not only its value. */
const MEANS_THE_FIELD =
  /unsupported|not support|unrecogni[sz]ed|unknown|not permitted|not allowed|unexpected|extra|deprecated|only the default/i;

const SYSTEM_ROLE = /\bsystem\b.{0,20}\b(?:role|message|prompt|instruction)|\brole\b.{0,20}\bsystem\b/i;

/** The dialects that models have been found to speak, as long as the process lives. It takes a refusal or two to find out again. */
export class Dialects {
  readonly #known = new Map<string, Dialect>();

  of({ provider, model }: CallableModel): Dialect {
    return this.#known.get(keyOf({ provider, model })) ?? assumedFor(provider.baseUrl);
  }

  /** To be called once the model has answered. */
  remember({ provider, model }: Omit<CallableModel, 'apiKey'>, dialect: Dialect): void {
    this.#known.set(keyOf({ provider, model }), dialect);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value ?? '');
  }
}

/** A request, as far as dialects differ in it. */
type Sent = {
  readonly stream_options?: unknown;
  readonly max_tokens?: unknown;
  readonly temperature?: unknown;
};

/** The dialect in which a model may be asked again that refused a request; null if what it refused is something else. */
export function adapted(dialect: Dialect, sent: Sent, refusal: unknown): Dialect | null {
  if (!(refusal instanceof AppError) || refusal.code !== 'UPSTREAM_REFUSED' || refusal.details.isTooLong) return null;
  const said = refusal.details.providerMessage ?? '';
  if (/reasoning_content/.test(said) && !dialect.hasReasoning) return { ...dialect, hasReasoning: true };
  // Who knows the other field names it; anybody else would take an answer without a limit for what was asked.
  if (sent.max_tokens && /max_completion_tokens/.test(said)) return { ...dialect, limitField: 'max_completion_tokens' };
  if (!MEANS_THE_FIELD.test(said)) return null;
  if (sent.stream_options && /stream_options|include_usage/.test(said)) return { ...dialect, hasStreamOptions: false };
  if (sent.temperature !== undefined && /temperature/.test(said)) return { ...dialect, hasTemperature: false };
  if (dialect.hasSystemRole && SYSTEM_ROLE.test(said)) return { ...dialect, hasSystemRole: false };
  return null;
}

const keyOf = ({ provider, model }: Pick<CallableModel, 'provider' | 'model'>): string =>
  `${provider.baseUrl} ${model.name}`;

function assumedFor(baseUrl: string): Dialect {
  const isOpenAi = new URL(baseUrl).hostname.endsWith('.openai.com');
  return {
    limitField: isOpenAi ? 'max_completion_tokens' : 'max_tokens',
    hasStreamOptions: true,
    hasTemperature: true,
    hasSystemRole: true,
    hasReasoning: false,
  };
}
