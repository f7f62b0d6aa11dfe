import { OpenAI } from 'openai';
import type { Secret } from '../../base/secret.js';
import type { ProviderProbe } from '../../domain/models/model-clients.js';
import type { Provider } from '../../domain/models/model.js';
import { Exchange } from './exchange.js';
import { Failures } from './failures.js';
import { nodeFetch } from './node-fetch.js';

/** The longest that a timer can wait: our own time limits are the ones that count. */
const NO_TIMEOUT_MS = 2_147_483_647;

const PROBE_TIMEOUT_MS = 10_000;

/** Model names that a probe returns; some services list thousands. */
const MAX_LISTED_MODELS = 1_000;

/** Providers whose clients are kept. */
const MAX_KEPT = 100;

/** The clients of the providers that were asked last, since making one costs as much as a short request. */
export class OpenAiClients {
  readonly #kept = new Map<
    string,
    { readonly baseUrl: string; readonly key: string | null; readonly client: OpenAI }
  >();

  /** A provider whose address or key has changed gets another. */
  of(provider: Provider, apiKey: Secret | null): OpenAI {
    const { id, baseUrl } = provider;
    const key = apiKey?.reveal() ?? null;
    const known = this.#kept.get(id);
    if (known?.baseUrl === baseUrl && known.key === key) return known.client;
    const client = createOpenAiClient(provider, apiKey);
    this.#kept.set(id, { baseUrl, key, client });
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value ?? '');
    return client;
  }
}

/** A client that reads nothing from the environment, does not retry, and leaves the answers to us. */
function createOpenAiClient({ baseUrl }: Provider, apiKey: Secret | null): OpenAI {
  return new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey?.reveal() ?? 'none',
    ...(apiKey === null && { defaultHeaders: { Authorization: null } }),
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: NO_TIMEOUT_MS,
    fetch: nodeFetch,
  });
}

/** Asks for the list of models. @throws {AppError} UPSTREAM_…, or the signal's reason. */
export async function probeOpenAi(
  provider: Provider,
  apiKey: Secret | null,
  signal: AbortSignal,
): Promise<ProviderProbe> {
  const failures = new Failures(apiKey);
  const client = createOpenAiClient(provider, apiKey);
  const limits = { firstByteTimeoutMs: PROBE_TIMEOUT_MS, idleTimeoutMs: PROBE_TIMEOUT_MS };
  const exchange = new Exchange(limits, failures, signal);
  const startedAt = performance.now();
  try {
    const body = await exchange.text((kill) => client.models.list({ signal: kill }).asResponse());
    return { latencyMs: Math.round(performance.now() - startedAt), modelNames: readModelNames(body, failures) };
  } finally {
    exchange.close();
  }
}

function readModelNames(body: string, failures: Failures): string[] {
  try {
    const { data } = JSON.parse(body) as { data: readonly { id: unknown }[] };
    return data.slice(0, MAX_LISTED_MODELS).map(({ id }) => String(id));
  } catch (error) {
    throw failures.ofNonsense(error);
  }
}
