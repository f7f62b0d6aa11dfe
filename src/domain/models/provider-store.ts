import type { SealedKey } from './key-vault.js';
import type { Provider } from './model.js';

export type ProviderChanges = Partial<Pick<Provider, 'name' | 'baseUrl' | 'isEnabled' | 'isWithdrawn'>>;

/** Every implementation passes `test/contract/provider-store.ts`. */
export interface ProviderStore {
  /** False, and nothing stored, if the name is taken, or the preset has a provider already. */
  insert(provider: Provider, key: SealedKey | null): Promise<boolean>;
  find(id: string): Promise<Provider | null>;
  /** Those that exist, in any order. */
  findMany(ids: readonly string[]): Promise<Provider[]>;
  /** With its key, which is null where it has none. */
  findWithKey(id: string): Promise<{ readonly provider: Provider; readonly key: SealedKey | null } | null>;
  /** By name. */
  list(): Promise<Provider[]>;
  /** `key` undefined leaves it as it is, null removes it. False if the new name is taken. Does nothing if there is no such provider. */
  update(id: string, changes: ProviderChanges, key?: SealedKey | null): Promise<boolean>;
  delete(id: string): Promise<void>;
}
