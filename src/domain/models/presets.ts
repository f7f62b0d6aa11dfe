import type { Secret } from '../../base/secret.js';
import type { Needs } from '../needs.js';
import { ensureDefault, offerAsDefault } from './default-model.js';
import type { Model, ModelKind, Provider, ProviderProtocol } from './model.js';

type PresetModel = Pick<Model, 'name' | 'displayName'> &
  Partial<Pick<Model, 'kind' | 'contextWindow' | 'inputPrice' | 'outputPrice'>>;

/** A provider that the environment can set up. Its settings are `<preset>_API_KEY`, `_BASE_URL`, `_MODEL`, `_MAX_TOKENS` and `_TEMPERATURE`. */
export type Preset = {
  /** Such as `OPENAI`. */
  readonly preset: string;
  readonly name: string;
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
      {
        name: 'text-embedding-3-small',
        displayName: 'Text embedding 3 small',
        kind: 'EMBEDDING',
        contextWindow: 8_191,
        inputPrice: 0.02,
      },
    ],
    maxOutputTokens: null,
    temperature: null,
  },
  {
    preset: 'DEEPSEEK',
    name: 'DeepSeek',
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
  { preset: 'VLLM', name: 'vLLM', baseUrl: null, models: [], maxOutputTokens: 1_000, temperature: 0.7 },
  {
    preset: 'OPENAI_COMPATIBLE',
    name: 'OpenAI-compatible',
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

type Wanted = Omit<PresetSettings, 'modelNames'> & {
  readonly name: string;
  readonly protocol: ProviderProtocol;
  readonly models: readonly PresetModel[];
};

type Reconciling = Pick<Needs, 'providers' | 'models' | 'keyVault' | 'settings' | 'clock' | 'newId' | 'log'>;

/**
 * Brings the registry in step with the environment, at every start: presets that are new are added, those that are there get its address, key, models,
 * output limit and temperature, those that are gone are withdrawn and their keys forgotten. What administrators made or decided is left alone.
 *
 * Afterwards there is a default chat model: the first of a new preset where the demo was the default or nothing was, the demo where nothing else can be used.
 */
export async function reconcilePresets(needs: Reconciling, settings: readonly PresetSettings[]): Promise<void> {
  const wanted = [...settings.map(toWanted), DEMO];
  const added: Model[] = [];
  for (const each of wanted) added.push(...(await bringInStep(needs, each)));
  await withdrawOthers(needs, new Set(wanted.map(({ preset }) => preset)));
  for (const model of added) await offerAsDefault(needs, model);
  await ensureDefault(needs, 'CHAT');
  await ensureDefault(needs, 'EMBEDDING');
}

/** The scripted model that is built in, so that there is always somebody to talk to. */
const DEMO: Wanted = {
  preset: 'DEMO',
  name: 'Demo',
  protocol: 'DEMO',
  baseUrl: 'demo:',
  apiKey: null,
  models: [{ name: 'demo', displayName: 'Demo (scripted)', contextWindow: 128_000 }],
  maxOutputTokens: null,
  temperature: null,
};

function toWanted({ modelNames, ...settings }: PresetSettings): Wanted {
  const row = PRESETS.find(({ preset }) => preset === settings.preset);
  if (!row) throw new TypeError(`There is no preset ${settings.preset}.`);
  const named = modelNames.map(
    (name) => row.models.find((model) => model.name === name) ?? { name, displayName: name },
  );
  return { ...settings, name: row.name, protocol: 'OPENAI', models: named.length > 0 ? named : row.models };
}

/** Returns the models that are new, or came back, in the order of the row. */
async function bringInStep(needs: Reconciling, wanted: Wanted): Promise<Model[]> {
  const { apiKey, baseUrl, preset } = wanted;
  const provider = (await findPreset(needs, preset)) ?? (await addProvider(needs, wanted));
  const key = apiKey && needs.keyVault.seal(apiKey.reveal());
  await needs.providers.update(provider.id, { baseUrl, isWithdrawn: false }, key);
  const known = await needs.models.listOfProviders([provider.id]);
  const added: Model[] = [];
  for (const row of wanted.models) {
    const model = known.find(({ name }) => name === row.name);
    if (!model) added.push(...(await addModel(needs, provider, wanted, row)));
    else if (model.preset !== null) {
      await needs.models.update(model.id, { isWithdrawn: false, ...decidedBy(wanted) });
      if (model.isWithdrawn || provider.isWithdrawn) added.push({ ...model, isWithdrawn: false });
    }
  }
  for (const { id, name, preset: isPreset } of known) {
    if (isPreset !== null && !wanted.models.some((row) => row.name === name)) {
      await needs.models.update(id, { isWithdrawn: true });
    }
  }
  return wanted.protocol === 'DEMO' ? [] : added;
}

async function findPreset({ providers }: Reconciling, preset: string): Promise<Provider | null> {
  const all = await providers.list();
  return all.find((provider) => provider.preset === preset) ?? null;
}

/** Where an administrator has taken the name, it gets another one. Where another server was faster, its provider is the one. */
async function addProvider(needs: Reconciling, { preset, name, protocol, baseUrl }: Wanted): Promise<Provider> {
  for (let attempt = 1; ; attempt++) {
    const provider: Provider = {
      id: needs.newId('prov'),
      name: attempt === 1 ? name : `${name} (environment${attempt === 2 ? '' : ` ${attempt - 1}`})`,
      protocol,
      baseUrl,
      hasApiKey: false,
      isEnabled: true,
      preset,
      isWithdrawn: false,
      createdAt: needs.clock.now(),
    };
    if (await needs.providers.insert(provider, null)) {
      needs.log.info({ preset, providerId: provider.id }, 'provider added from the environment');
      return provider;
    }
    const other = await findPreset(needs, preset);
    if (other) return other;
  }
}

async function addModel(needs: Reconciling, provider: Provider, wanted: Wanted, row: PresetModel): Promise<Model[]> {
  const { firstByteTimeoutMs, idleTimeoutMs } = needs.settings.models;
  const { maxOutputTokens, temperature } = wanted;
  const kind: ModelKind = row.kind ?? 'CHAT';
  const model: Model = {
    id: needs.newId('mod'),
    providerId: provider.id,
    name: row.name,
    displayName: row.displayName,
    kind,
    isEnabled: true,
    toolMode: 'AUTO',
    detectedToolMode: null,
    contextWindow: row.contextWindow ?? null,
    maxOutputTokens: kind === 'CHAT' ? maxOutputTokens : null,
    temperature: kind === 'CHAT' ? temperature : null,
    firstByteTimeoutMs,
    idleTimeoutMs,
    inputPrice: row.inputPrice ?? null,
    outputPrice: row.outputPrice ?? null,
    preset: wanted.preset,
    isWithdrawn: false,
    createdAt: needs.clock.now(),
  };
  return (await needs.models.insert(model)) ? [model] : [];
}

function decidedBy({ maxOutputTokens, temperature }: Wanted): Partial<Pick<Model, 'maxOutputTokens' | 'temperature'>> {
  return { ...(maxOutputTokens === null ? {} : { maxOutputTokens }), ...(temperature === null ? {} : { temperature }) };
}

async function withdrawOthers({ providers, log }: Reconciling, wanted: ReadonlySet<string>): Promise<void> {
  for (const { id, preset, isWithdrawn } of await providers.list()) {
    if (preset === null || wanted.has(preset) || isWithdrawn) continue;
    await providers.update(id, { isWithdrawn: true }, null);
    log.info({ preset, providerId: id }, 'provider withdrawn: the environment does not name it any more');
  }
}
