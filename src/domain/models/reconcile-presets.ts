import type { Needs } from '../needs.js';
import { ensureDefault, offerAsDefault } from './default-model.js';
import type { Model, ModelKind, Provider, ProviderProtocol } from './model.js';
import { newModel } from './new-model.js';
import { PRESETS, type PresetModel, type PresetSettings } from './presets.js';

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
    (name) => row.models.find((model) => model.name === name) ?? { name, displayName: name, kind: row.kind },
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
      await needs.models.update(model.id, { isWithdrawn: false, ...decidedFor(model.kind, wanted) });
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
  const kind: ModelKind = row.kind ?? 'CHAT';
  const model: Model = {
    ...newModel(needs, { providerId: provider.id, name: row.name, kind }),
    displayName: row.displayName,
    contextWindow: row.contextWindow ?? null,
    inputPrice: row.inputPrice ?? null,
    outputPrice: row.outputPrice ?? null,
    ...decidedFor(kind, wanted),
    preset: wanted.preset,
  };
  return (await needs.models.insert(model)) ? [model] : [];
}

/** What the environment decides of a model. What it leaves to administrators, by null, is not among it, so that theirs stays. */
function decidedFor(
  kind: ModelKind,
  { maxOutputTokens, temperature }: Wanted,
): Partial<Pick<Model, 'maxOutputTokens' | 'temperature'>> {
  if (kind !== 'CHAT') return {};
  return { ...(maxOutputTokens === null ? {} : { maxOutputTokens }), ...(temperature === null ? {} : { temperature }) };
}

async function withdrawOthers({ providers, log }: Reconciling, wanted: ReadonlySet<string>): Promise<void> {
  for (const { id, preset, isWithdrawn } of await providers.list()) {
    if (preset === null || wanted.has(preset) || isWithdrawn) continue;
    await providers.update(id, { isWithdrawn: true }, null);
    log.info({ preset, providerId: id }, 'provider withdrawn: the environment does not name it any more');
  }
}
