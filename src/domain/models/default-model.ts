import type { Needs } from '../needs.js';
import { isUsable, type Model, type ModelKind, type Provider } from './model.js';

type Choosing = Pick<Needs, 'models' | 'providers'>;
type Found = { readonly model: Model; readonly provider: Provider };

/** Makes a new model the default of its kind if there is none that can be used, or only the demo. */
export async function offerAsDefault(needs: Choosing, model: Model): Promise<void> {
  const [current, usable] = await Promise.all([needs.models.findDefault(model.kind), findUsable(needs, model.kind)]);
  const chosen = usable.find((found) => found.model.id === current?.id);
  if (!usable.some((found) => found.model.id === model.id) || (chosen && !isDemo(chosen))) return;
  await needs.models.setDefault(model.id, model.kind);
}

/**
 * Chooses another default for a kind whose default is gone, disabled or withdrawn: the oldest that can be used, the demo last.
 * There is always one to chat with: if nothing else can be used, the demo is enabled again.
 */
export async function ensureDefault(needs: Choosing, kind: ModelKind): Promise<void> {
  const [current, usable] = await Promise.all([needs.models.findDefault(kind), findUsable(needs, kind)]);
  if (usable.some(({ model }) => model.id === current?.id)) return;
  const next =
    usable.find((found) => !isDemo(found)) ?? usable[0] ?? (kind === 'CHAT' ? await enableDemo(needs) : null);
  if (next) await needs.models.setDefault(next.model.id, kind);
}

/** Oldest first. */
async function findUsable(needs: Choosing, kind: ModelKind): Promise<Found[]> {
  const all = await findAll(needs);
  return all
    .filter(({ model, provider }) => model.kind === kind && isUsable(model) && isUsable(provider))
    .toSorted((a, b) => a.model.createdAt.getTime() - b.model.createdAt.getTime());
}

async function findAll({ models, providers }: Choosing): Promise<Found[]> {
  const [allModels, allProviders] = await Promise.all([models.list(), providers.list()]);
  const byId = new Map(allProviders.map((provider) => [provider.id, provider]));
  return allModels.flatMap((model) => {
    const provider = byId.get(model.providerId);
    return provider ? [{ model, provider }] : [];
  });
}

async function enableDemo(needs: Choosing): Promise<Found | null> {
  const demo = (await findAll(needs)).find(isDemo);
  if (!demo) return null;
  await needs.models.update(demo.model.id, { isEnabled: true });
  await needs.providers.update(demo.provider.id, { isEnabled: true });
  return demo;
}

const isDemo = ({ provider }: Found): boolean => provider.protocol === 'DEMO';
