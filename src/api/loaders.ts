import DataLoader from 'dataloader';
import { listBudgets, type Budget } from '../domain/budgets/budgets.js';
import type { Conversation } from '../domain/conversations/conversation.js';
import type { Message } from '../domain/conversations/message.js';
import type { Model, ModelKind, Provider } from '../domain/models/model.js';
import type { Needs } from '../domain/needs.js';
import type { Run } from '../domain/runs/run.js';
import type { User } from '../domain/users/user.js';

type Loading = Pick<
  Needs,
  'users' | 'providers' | 'models' | 'conversations' | 'messages' | 'runs' | 'budgets' | 'clock'
>;
/** Where messages stand in the tree of their conversation; null is its root. */
type Place = { readonly conversationId: string; readonly parentId: string | null };
type Options = { readonly cache: boolean };
type ById<T> = DataLoader<string, T | null>;

/**
 * Fetches together what is asked for one by one while a request is answered. They say what exists, not who may see it.
 * One set a request; each loader is made when it is first used.
 */
export class Loaders {
  readonly #needs: Loading;
  readonly #options: Options;
  #users: ById<User> | undefined;
  #providers: ById<Provider> | undefined;
  #models: ById<Model> | undefined;
  #modelsOfProvider: DataLoader<string, readonly Model[]> | undefined;
  #defaultModels: DataLoader<ModelKind, Model | null> | undefined;
  #budgets: ById<Budget> | undefined;
  #conversations: ById<Conversation> | undefined;
  #messages: ById<Message> | undefined;
  #runs: ById<Run> | undefined;
  #activeRuns: DataLoader<string, Run | null> | undefined;
  #children: DataLoader<Place, readonly string[], string> | undefined;

  /** @param isLasting True for a subscription: nothing is remembered from one event to the next. */
  constructor(needs: Loading, { isLasting }: { isLasting: boolean }) {
    this.#needs = needs;
    this.#options = { cache: !isLasting };
  }

  get users(): ById<User> {
    return (this.#users ??= byId(this.#needs.users, this.#options));
  }

  get providers(): ById<Provider> {
    return (this.#providers ??= byId(this.#needs.providers, this.#options));
  }

  get models(): ById<Model> {
    return (this.#models ??= byId(this.#needs.models, this.#options));
  }

  /** The models of a provider, by display name. */
  get modelsOfProvider(): DataLoader<string, readonly Model[]> {
    return (this.#modelsOfProvider ??= new DataLoader(async (providerIds) => {
      const models = await this.#needs.models.listOfProviders(providerIds);
      return providerIds.map((id) => models.filter(({ providerId }) => providerId === id));
    }, this.#options));
  }

  /** The default of each kind. */
  get defaultModels(): DataLoader<ModelKind, Model | null> {
    return (this.#defaultModels ??= new DataLoader(
      (kinds) => Promise.all(kinds.map((kind) => this.#needs.models.findDefault(kind))),
      this.#options,
    ));
  }

  /** The budgets of users, by the users' ids. */
  get budgets(): ById<Budget> {
    return (this.#budgets ??= new DataLoader<string, Budget | null>(async (userIds) => {
      const budgets = await listBudgets(this.#needs, userIds);
      return userIds.map((id) => budgets.find(({ userId }) => userId === id) ?? null);
    }, this.#options));
  }

  get conversations(): ById<Conversation> {
    return (this.#conversations ??= byId(this.#needs.conversations, this.#options));
  }

  get messages(): ById<Message> {
    return (this.#messages ??= byId(this.#needs.messages, this.#options));
  }

  get runs(): ById<Run> {
    return (this.#runs ??= byId(this.#needs.runs, this.#options));
  }

  /** The run of a conversation that has not ended. */
  get activeRuns(): DataLoader<string, Run | null> {
    return (this.#activeRuns ??= new DataLoader<string, Run | null>(async (conversationIds) => {
      const runs = await this.#needs.runs.listActive(conversationIds);
      return conversationIds.map((id) => runs.find(({ conversationId }) => conversationId === id) ?? null);
    }, this.#options));
  }

  /** Ids of the messages that stand at one place of a conversation's tree, oldest first. */
  get children(): DataLoader<Place, readonly string[], string> {
    return (this.#children ??= new DataLoader<Place, readonly string[], string>(
      (places) => this.#loadChildren(places),
      {
        ...this.#options,
        cacheKeyFn: ({ conversationId, parentId }) => `${conversationId} ${parentId}`,
      },
    ));
  }

  async #loadChildren(places: readonly Place[]): Promise<string[][]> {
    const byConversation = new Map<string, Map<string | null, string[]>>();
    for (const id of new Set(places.map(({ conversationId }) => conversationId))) {
      const parents = places.filter(({ conversationId }) => conversationId === id).map(({ parentId }) => parentId);
      byConversation.set(id, await this.#needs.messages.listChildren(id, parents));
    }
    return places.map(({ conversationId, parentId }) => byConversation.get(conversationId)?.get(parentId) ?? []);
  }
}

function byId<T extends { readonly id: string }>(
  store: { findMany(ids: readonly string[]): Promise<T[]> },
  options: Options,
): ById<T> {
  return new DataLoader<string, T | null>(async (ids) => {
    const found = new Map((await store.findMany(ids)).map((item) => [item.id, item]));
    return ids.map((id) => found.get(id) ?? null);
  }, options);
}
