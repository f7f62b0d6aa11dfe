import { AppError, NotFoundError, type ErrorCode } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import { Secret } from '../../base/secret.js';
import type { Needs } from '../needs.js';
import { requireAdministrator } from '../users/policy.js';
import type { Viewer } from '../users/user.js';
import type { LanguageModel, ModelRequest } from './language-model.js';
import type { Model, Provider, ToolMode } from './model.js';
import { checked, providerTestSchema } from './model-input.js';
import type { SealedKey } from './key-vault.js';
import { newModel } from './new-model.js';
import { withToolMode } from './tool-modes.js';

type Testing = Pick<Needs, 'providers' | 'models' | 'keyVault' | 'modelClients' | 'settings' | 'clock' | 'newId'>;

/** How a provider did when it was tried. */
export type ProviderTest = {
  readonly isReachable: boolean;
  /** Milliseconds until the list of models was there; null if it did not come. */
  readonly latencyMs: number | null;
  /** As the service lists them. */
  readonly modelNames: readonly string[];
  /** Those of `modelNames` that are not registered here. */
  readonly unregisteredModelNames: readonly string[];
  readonly error: TestFailure | null;
  /** Null where no model was named. */
  readonly toolTest: ToolTest | null;
};

/** How one of its models did when it was offered a tool. */
export type ToolTest = {
  readonly modelName: string;
  /** The first way to offer tools that the service took; null if there is none. */
  readonly toolMode: ToolMode | null;
  /** Whether the model did call the tool: a service may take tools and lose them. */
  readonly hasCalledTool: boolean;
  /** Milliseconds until the answer was there, in all ways that were tried; null if it did not come. */
  readonly latencyMs: number | null;
  readonly error: TestFailure | null;
};

export type TestFailure = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly providerMessage: string | null;
};

/** Milliseconds that a test may take. A local model may have to be loaded before it answers. */
export const TEST_LIMITS = { listMs: 10_000, toolMs: 45_000 };

/** Enough for a call, and for a few thoughts before it. */
const MAX_TEST_TOKENS = 512;

/** As many as the ways to offer tools, with their retries, may take. */
const MAX_TEST_REQUESTS = 8;

/**
 * Asks a provider for its models, to see whether address and key are right, and, where a model is named, offers it a harmless tool, to see in which way it takes tools.
 * What works is remembered for a registered model that is asked in AUTO. Administrators only. A failure of the service is an answer, not an error.
 *
 * What the model is asked is a real request of some hundred tokens; it belongs to no conversation, so it is in nobody's books.
 *
 * @param modelName As the service calls it; it need not be registered. Null asks no model.
 * @throws {AppError} FORBIDDEN; INVALID_INPUT; NOT_FOUND.
 */
export async function testProvider(
  needs: Testing,
  viewer: Viewer,
  id: string,
  modelName: string | null,
  limits = TEST_LIMITS,
): Promise<ProviderTest> {
  requireAdministrator(viewer);
  const { modelName: wanted } = checked(providerTestSchema, { modelName });
  const found = isId('prov', id) ? await needs.providers.findWithKey(id) : null;
  if (!found) throw new NotFoundError('provider');
  const registered = await needs.models.listOfProviders([id]);
  const list = await tryList(needs, found, limits.listMs);
  const names = new Set(registered.map(({ name }) => name));
  return {
    ...list,
    unregisteredModelNames: list.modelNames.filter((name) => !names.has(name)),
    toolTest: wanted === null ? null : await tryTools(needs, found, { registered, modelName: wanted }, limits.toolMs),
  };
}

type Found = { readonly provider: Provider; readonly key: SealedKey | null };

async function tryList(
  { keyVault, modelClients }: Testing,
  { provider, key }: Found,
  milliseconds: number,
): Promise<Omit<ProviderTest, 'unregisteredModelNames' | 'toolTest'>> {
  try {
    const probe = await within(milliseconds, (signal) => modelClients.probe(provider, opened(keyVault, key), signal));
    return { isReachable: true, ...probe, error: null };
  } catch (error) {
    return { isReachable: false, latencyMs: null, modelNames: [], error: toFailure(error) };
  }
}

async function tryTools(
  needs: Testing,
  { provider, key }: Found,
  { registered, modelName }: { registered: readonly Model[]; modelName: string },
  milliseconds: number,
): Promise<ToolTest> {
  const row = registered.find(({ name }) => name === modelName);
  const model = row ?? newModel(needs, { providerId: provider.id, name: modelName, kind: 'CHAT' });
  const startedAt = performance.now();
  try {
    const client = needs.modelClients.open({ model, provider, apiKey: opened(needs.keyVault, key) });
    const found = await within(milliseconds, (signal) => offerTool(client, model, signal));
    const hasFound = found.toolMode !== null && found.toolMode !== row?.detectedToolMode;
    if (row?.toolMode === 'AUTO' && hasFound) await needs.models.update(row.id, { detectedToolMode: found.toolMode });
    return { modelName, ...found, latencyMs: Math.round(performance.now() - startedAt), error: null };
  } catch (error) {
    return { modelName, toolMode: null, hasCalledTool: false, latencyMs: null, error: toFailure(error) };
  }
}

/** Begins with TOOLS whatever is known: services learn. */
async function offerTool(
  client: LanguageModel,
  { temperature }: Model,
  signal: AbortSignal,
): Promise<Pick<ToolTest, 'toolMode' | 'hasCalledTool'>> {
  let toolMode: ToolMode | null = null;
  let hasCalledTool = false;
  const asked = withToolMode(client, { toolMode: 'AUTO', detectedToolMode: null }, (mode) => {
    toolMode = mode;
  });
  const request: ModelRequest = {
    messages: [{ role: 'user', text: 'Call the tool "ping" once, and say nothing else.' }],
    tools: [{ name: 'ping', description: 'Answers "pong".', parameters: { type: 'object', properties: {} } }],
    temperature,
    maxOutputTokens: MAX_TEST_TOKENS,
    requests: { left: MAX_TEST_REQUESTS },
    signal,
  };
  // An empty call says nothing of a way yet: only one that comes again does.
  for (let times = 0; times < 2 && toolMode === null; times++) {
    for await (const part of asked.stream(request)) if (part.type === 'tool-call') hasCalledTool = true;
  }
  return { toolMode, hasCalledTool };
}

/** @throws {AppError} UPSTREAM_TIMEOUT once the time is up. */
async function within<T>(milliseconds: number, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timeout = AbortSignal.timeout(milliseconds);
  try {
    return await act(timeout);
  } catch (error) {
    if (!timeout.aborted) throw error;
    const message = `The model service did not answer within ${Math.ceil(milliseconds / 1_000)} s.`;
    throw new AppError('UPSTREAM_TIMEOUT', message, { isRetryable: true });
  }
}

function opened(keyVault: Needs['keyVault'], key: SealedKey | null): Secret | null {
  return key === null ? null : new Secret(keyVault.open(key));
}

/** @throws what is a fault of ours. */
function toFailure(error: unknown): TestFailure {
  if (!(error instanceof AppError)) throw error;
  const { code, message, details } = error;
  return { code, message, providerMessage: details.providerMessage ?? null };
}
