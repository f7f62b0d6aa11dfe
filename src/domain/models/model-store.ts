import type { Model, ModelKind } from './model.js';

export type ModelChanges = Partial<Omit<Model, 'id' | 'providerId' | 'preset' | 'createdAt' | 'kind'>>;

/** Every implementation passes `test/contract/model-store.ts`. */
export interface ModelStore {
  /** False, and nothing stored, if the provider has a model of that name. */
  insert(model: Model): Promise<boolean>;
  find(id: string): Promise<Model | null>;
  /** Those that exist, in any order. */
  findMany(ids: readonly string[]): Promise<Model[]>;
  /** Null before the first {@link setDefault}, and once that model is deleted. */
  findDefault(kind: ModelKind): Promise<Model | null>;
  /** By display name. */
  list(): Promise<Model[]>;
  /** Those of any of these providers, by display name. */
  listOfProviders(providerIds: readonly string[]): Promise<Model[]>;
  /** False if the provider has a model of the new name. Does nothing if there is no such model. */
  update(id: string, changes: ModelChanges): Promise<boolean>;
  /** Makes it the only default of its kind, in one write. */
  setDefault(id: string, kind: ModelKind): Promise<void>;
  delete(id: string): Promise<void>;
  deleteOfProvider(providerId: string): Promise<void>;
}
