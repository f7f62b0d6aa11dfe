import { systemClock } from '../../src/base/clock.js';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { Secret } from '../../src/base/secret.js';
import type { Needs } from '../../src/domain/needs.js';
import type { Role, Viewer } from '../../src/domain/users/user.js';
import { AesKeyVault } from '../../src/infra/crypto/aes-key-vault.js';
import { createModelClients } from '../../src/infra/model-clients.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoModelStore } from '../../src/infra/mongo/mongo-model-store.js';
import { MongoProviderStore } from '../../src/infra/mongo/mongo-provider-store.js';
import type { Documents } from './documents.js';

/** All that the registry of providers and models needs. */
export type Registry = Pick<
  Needs,
  'providers' | 'models' | 'keyVault' | 'modelClients' | 'settings' | 'clock' | 'newId' | 'log'
>;

export const MASTER_SECRET = new Secret('a master secret for tests, long enough for one');

/** An empty registry on real stores. */
export async function openRegistry({ connection }: Documents): Promise<Registry> {
  const [providers, models] = [new MongoProviderStore(connection), new MongoModelStore(connection)];
  await createIndexes(connection);
  for (const name of ['providers', 'models', 'default_models']) await connection.collection(name).deleteMany({});
  return {
    providers,
    models,
    keyVault: new AesKeyVault(MASTER_SECRET),
    modelClients: createModelClients(),
    settings: SETTINGS,
    clock: systemClock,
    newId,
    log: silentLog,
  };
}

const SETTINGS = { models: { firstByteTimeoutMs: 120_000, idleTimeoutMs: 60_000 } } as Needs['settings'];

export const viewerOf = (role: Role): Viewer => ({ id: newId('usr'), role, sessionId: 'ses_test' });
