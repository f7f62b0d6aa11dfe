import type { Model, ModelKind, Provider } from './model.js';

/** The text is what `KeyVault.seal` made of the key: stores never see keys. */
export type SealedKey = string;

export type ProviderChanges = Partial<Pick<Provider, 'name' | 'baseUrl' | 'isEnabled' | 'isWithdrawn'>>;
export type ModelChanges = Partial<Omit<Model, 'id' | 'providerId' | 'preset' | 'createdAt' | 'kind'>>;

/** Every implementation passes `test/contract/model-store.ts`. */
export interface ProviderStore {
  /** False, and nothing stored, if the name is taken, or the preset has a provider already. */
  insert(provider: Provider, key: SealedKey | null): Promise<boolean>;
  find(id: string): Promise<Provider | null>;
  findMany(ids: readonly string[]): Promise<Provider[]>;
  /** With its key, which is null where it has none. */
  findWithKey(id: string): Promise<{ readonly provider: Provider; readonly key: SealedKey | null } | null>;
  /** By name. */
  list(): Promise<Provider[]>;
  /** `key` undefined leaves it as it is, null removes it. False if the new name is taken. Does nothing if there is no such provider. */
  update(id: string, changes: ProviderChanges, key?: SealedKey | null): Promise<boolean>;
  delete(id: string): Promise<void>;
}

/** Every implementation passes `test/contract/model-store.ts`. */
export interface ModelStore {
  /** False, and nothing stored, if the provider has a model of that name. */
  insert(model: Model): Promise<boolean>;
  find(id: string): Promise<Model | null>;
  findMany(ids: readonly string[]): Promise<Model[]>;
  /** Null before the first {@link setDefault}, and once that model is deleted. */
  findDefault(kind: ModelKind): Promise<Model | null>;
  /** By display name. */
  list(): Promise<Model[]>;
  listOfProviders(providerIds: readonly string[]): Promise<Model[]>;
  /** False if the provider has a model of the new name. Does nothing if there is no such model. */
  update(id: string, changes: ModelChanges): Promise<boolean>;
  /** Makes it the only default of its kind, in one write. */
  setDefault(id: string, kind: ModelKind): Promise<void>;
  delete(id: string): Promise<void>;
  deleteOfProvider(providerId: string): Promise<void>;
}

/** Encrypts provider keys at rest (AES-256-GCM, key derived from TOMATO_SECRET). */
export interface KeyVault {
  seal(key: string): SealedKey;
  /** @throws {AppError} MODEL_UNAVAILABLE if TOMATO_SECRET has changed since it was sealed. */
  open(sealed: SealedKey): string;
}
