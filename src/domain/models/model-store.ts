import type { Model, ModelKind, Provider } from './model.js';

/** The text is what `KeyVault.seal` made of the key: stores never see keys. */
export type SealedKey = string;

/** Every implementation passes `test/contract/model-store.ts`. */
export interface ProviderStore {
  /** False, and nothing stored, if the name is taken. */
  insert(provider: Provider, key: SealedKey | null): Promise<boolean>;
  find(id: string): Promise<Provider | null>;
  findMany(ids: readonly string[]): Promise<Provider[]>;
  findKey(id: string): Promise<SealedKey | null>;
  /** By name. */
  list(): Promise<Provider[]>;
  /** `key` undefined leaves it as it is, null removes it. False if the new name is taken. Does nothing if there is no such provider. */
  update(
    id: string,
    changes: Partial<Pick<Provider, 'name' | 'baseUrl' | 'isEnabled'>>,
    key?: SealedKey | null,
  ): Promise<boolean>;
  delete(id: string): Promise<void>;
}

export interface ModelStore {
  /** False, and nothing stored, if the provider has a model of that name. */
  insert(model: Model): Promise<boolean>;
  find(id: string): Promise<Model | null>;
  findMany(ids: readonly string[]): Promise<Model[]>;
  findDefault(kind: ModelKind): Promise<Model | null>;
  /** By display name. */
  list(): Promise<Model[]>;
  listOfProviders(providerIds: readonly string[]): Promise<Model[]>;
  update(
    id: string,
    changes: Partial<Omit<Model, 'id' | 'providerId' | 'preset' | 'createdAt' | 'isDefault' | 'kind'>>,
  ): Promise<boolean>;
  /** Makes it the only default of its kind. */
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
