import { join } from 'node:path';
import type { RequestListener } from 'node:http';
import type { House } from './api/context.js';
import { createReadiness } from './api/health/readiness.js';
import { systemClock } from './base/clock.js';
import { newId } from './base/ids.js';
import type { Log } from './base/log.js';
import { deriveKey, type Secret } from './base/secret.js';
import { backgroundOf } from './background.js';
import type { Config } from './config.js';
import type { BlobStore } from './domain/blobs/blob-store.js';
import { ArchiveIndexes } from './domain/archive/archive-indexes.js';
import { ArchiveEmbedder } from './domain/archive/vectors/archive-embedder.js';
import { ArchiveVectors } from './domain/archive/vectors/archive-vectors.js';
import { WantedSpace } from './domain/archive/vectors/wanted-space.js';
import { watchedArchive } from './domain/archive/vectors/watched-archive.js';
import { IndexMemory } from './domain/archive/index-memory.js';
import { ConversationIndexes } from './domain/conversations/search/conversation-indexes.js';
import { archiveExport } from './domain/archive-files/export-archive.js';
import { archiveImport } from './domain/archive-files/import-archive.js';
import { documentImport } from './domain/documents/import-document.js';
import { JobRunner } from './domain/jobs/job-runner.js';
import { countOrEstimate } from './domain/models/count-tokens.js';
import type { Needs } from './domain/needs.js';
import { RunDriver } from './domain/runs/run-driver.js';
import { builtInTools, createToolbox } from './domain/tools/tools.js';
import { Argon2Hasher } from './infra/argon2/argon2-hasher.js';
import { withBriefMemory } from './infra/brief-memory.js';
import { AesKeyVault } from './infra/crypto/aes-key-vault.js';
import { keptSecret } from './infra/data-folder/kept-secret.js';
import { WorkerDocumentReader } from './infra/documents/worker-document-reader.js';
import { FolderBlobStore } from './infra/embedded/folder-blob-store.js';
import { LmdbSessionStore } from './infra/embedded/lmdb-session-store.js';
import { MemoryAttemptLimiter } from './infra/embedded/memory-attempt-limiter.js';
import { MemoryBell } from './infra/embedded/memory-bell.js';
import { MemoryRunEventStore } from './infra/embedded/memory-run-event-store.js';
import { startEngine, type EngineThread } from './infra/engine/engine.js';
import { GaruAnalyzer } from './infra/garu/garu-analyzer.js';
import { createTokenSigner } from './infra/jose/jose-token-signer.js';
import { MinioBlobStore } from './infra/minio/minio-blob-store.js';
import { createModelClients } from './infra/model-clients.js';
import { connectMongo, createIndexes } from './infra/mongo/connection.js';
import { MongoArchiveStore } from './infra/mongo/mongo-archive-store.js';
import { MongoArchiveVectorStore } from './infra/mongo/mongo-archive-vector-store.js';
import { MongoBudgetStore } from './infra/mongo/mongo-budget-store.js';
import { MongoConversationStore } from './infra/mongo/mongo-conversation-store.js';
import { MongoIdempotencyStore } from './infra/mongo/mongo-idempotency-store.js';
import { MongoJobStore } from './infra/mongo/mongo-job-store.js';
import { MongoIndexObjectStore } from './infra/mongo/mongo-index-object-store.js';
import { MongoMessageStore } from './infra/mongo/mongo-message-store.js';
import { MongoMessageTokenStore } from './infra/mongo/mongo-message-token-store.js';
import { MongoModelStore } from './infra/mongo/mongo-model-store.js';
import { MongoProviderStore } from './infra/mongo/mongo-provider-store.js';
import { MongoRunStore } from './infra/mongo/mongo-run-store.js';
import { MongoUploadStore } from './infra/mongo/mongo-upload-store.js';
import { MongoUsageStore } from './infra/mongo/mongo-usage-store.js';
import { MongoUserStore } from './infra/mongo/mongo-user-store.js';
import { withNamedFailures } from './infra/mongo/named-failures.js';
import { createPublicFetch } from './infra/net/public-fetch.js';
import { connectRedis } from './infra/redis/connect-redis.js';
import { RedisAttemptLimiter } from './infra/redis/redis-attempt-limiter.js';
import { RedisBell } from './infra/redis/redis-bell.js';
import { RedisRunEventStore } from './infra/redis/redis-run-event-store.js';
import { RedisSessionStore } from './infra/redis/redis-session-store.js';
import { WorkerTokenizer } from './infra/tokenizer/worker-tokenizer.js';
import { closeAll, openTogether, type Part, type Provided } from './startup/open-parts.js';
import { waitForService, type Patience } from './startup/wait-for-service.js';

export type Composed = {
  readonly house: House;
  readonly parts: readonly Part[];
  /** Serves `/objects/`; null where an object store of its own does. */
  readonly objects: RequestListener | null;
  /** Resolves with the reason if a part of this process is lost, without which it can only be started anew. */
  readonly lost: Promise<Error>;
  /** Sets the house to work, as a server does and a command that only looks does not. */
  start(): Promise<void>;
  /** Lets go of everything, last opened first, whatever fails. Runs must have been drained. @throws {AggregateError} of what failed. */
  close(): Promise<void>;
};

/**
 * Chooses a provider for each need, and joins them. The only file that knows them all.
 *
 * @param overrides Needs that are provided by the caller instead; tests do.
 * @param waitMs Milliseconds to wait for services that are not there.
 * @throws as {@link openTogether}, with nothing left open.
 */
export async function compose(
  config: Config,
  log: Log,
  { overrides = {}, waitMs = 60_000 }: { readonly overrides?: Partial<Needs>; readonly waitMs?: number } = {},
): Promise<Composed> {
  const secret = config.secret ?? (await keptSecret(config.dataDir));
  const tokens = await createTokenSigner(secret, systemClock);
  // By itself, before anything else: it alone tells whether another process has the data folder.
  const engine = config.mongoUrl ? null : await startEngine({ dir: join(config.dataDir, 'documents') });
  const opened = await openTogether({ waitMs, log }, (patience) => [
    openDocuments(config, engine, patience),
    openShared(config, patience),
    openBlobs(config, secret, patience),
  ]);
  const [documents, shared, blobs] = opened;
  const tokenizer = new WorkerTokenizer();
  const morphemes = new GaruAnalyzer();
  const stores: Needs = {
    clock: systemClock,
    newId,
    log,
    settings: config.settings,
    ...documents.provided,
    ...shared.provided,
    passwords: new Argon2Hasher(),
    tokens,
    keyVault: new AesKeyVault(secret),
    modelClients: createModelClients(),
    countTokens: countOrEstimate(tokenizer.count, log),
    publicFetch: createPublicFetch(config.settings.tools),
    blobs: blobs.provided.store,
    morphemes,
    documentReader: new WorkerDocumentReader(),
    ...overrides,
  };
  const { needs, embedder, searches } = joinArchive(config, stores);
  const jobRunner = new JobRunner(needs, {
    IMPORT_DOCUMENT: documentImport(needs),
    IMPORT_ARCHIVE: archiveImport(needs),
    EXPORT_ARCHIVE: archiveExport(needs),
  });
  const toolbox = createToolbox(builtInTools({ needs, ...searches }));
  const driver = new RunDriver(needs, toolbox);
  const background = backgroundOf(config, { needs, driver, jobRunner, embedder });
  const checks = Object.fromEntries(opened.map(({ part, check }) => [part.need, check]));
  return {
    house: { needs, toolbox, ...searches, driver, jobRunner, readiness: createReadiness(checks, log) },
    parts: opened.map(({ part }) => part),
    objects: blobs.provided.listener,
    lost: Promise.race(opened.flatMap(({ lost }) => lost ?? [])),
    start: () => background.start(),
    close() {
      const parts = [...opened.toReversed(), tokenizer, morphemes];
      return closeAll([() => background.stop(), ...parts.map((part) => () => part.close())]);
    },
  };
}

/** Each change of the archive wakes what has it embedded; all searches share one memory. */
function joinArchive({ mongoUrl, settings }: Config, stores: Needs) {
  const wantedSpace = new WantedSpace(stores);
  const embedder = new ArchiveEmbedder(stores, wantedSpace, { isAlone: mongoUrl === null });
  const wake = (ownerId: string): void => embedder.wake(ownerId);
  const needs: Needs = { ...stores, archive: watchedArchive(stores.archive, wake) };
  const memory = new IndexMemory(settings.archive.maxIndexBytes);
  const searches = {
    archiveIndexes: new ArchiveIndexes(needs, memory),
    archiveVectors: new ArchiveVectors(needs, memory, wantedSpace, wake),
    conversationIndexes: new ConversationIndexes(needs, memory),
  };
  return { needs, embedder, searches };
}

type DocumentStores = ReturnType<typeof documentStores>;

/** Closes the engine where it fails. */
async function openDocuments(
  { mongoUrl, dataDir }: Config,
  engine: EngineThread | null,
  patience: Patience,
): Promise<Provided<DocumentStores>> {
  const { log } = patience;
  const uri = mongoUrl?.reveal() ?? engine?.uri ?? '';
  const closings = [async () => engine?.stop()];
  try {
    const connection = await waitForService('MongoDB', () => connectMongo(uri), patience);
    closings.unshift(() => connection.close());
    const stores = documentStores(connection);
    const long = setTimeout(
      () => log.info({}, 'an index is made over a large collection; the start waits for it'),
      2_000,
    );
    await createIndexes(connection).finally(() => clearTimeout(long));
    return {
      provided: stores,
      part: { need: 'documents', provider: engine ? `embedded, in ${join(dataDir, 'documents')}` : 'MongoDB' },
      async check() {
        await connection.db?.command({ ping: 1 });
      },
      lost: engine?.lost,
      close: () => closeAll(closings),
    };
  } catch (error) {
    await closeAll(closings).catch((cause: unknown) => log.error({ error: cause }, 'the engine could not be closed'));
    throw error;
  }
}

function documentStores(connection: Awaited<ReturnType<typeof connectMongo>>) {
  return {
    users: withNamedFailures(new MongoUserStore(connection)),
    providers: withBriefMemory(withNamedFailures(new MongoProviderStore(connection)), ['findWithKey']),
    models: withBriefMemory(withNamedFailures(new MongoModelStore(connection)), ['find']),
    usage: withNamedFailures(new MongoUsageStore(connection)),
    budgets: withNamedFailures(new MongoBudgetStore(connection)),
    conversations: withNamedFailures(new MongoConversationStore(connection)),
    messages: withNamedFailures(new MongoMessageStore(connection)),
    messageTokens: withNamedFailures(new MongoMessageTokenStore(connection)),
    runs: withNamedFailures(new MongoRunStore(connection)),
    archive: withNamedFailures(new MongoArchiveStore(connection, systemClock)),
    archiveVectors: withNamedFailures(new MongoArchiveVectorStore(connection)),
    indexObjects: withNamedFailures(new MongoIndexObjectStore(connection)),
    jobs: withNamedFailures(new MongoJobStore(connection)),
    uploads: withNamedFailures(new MongoUploadStore(connection)),
    idempotency: withNamedFailures(new MongoIdempotencyStore(connection)),
  };
}

type SharedState = Pick<Needs, 'sessions' | 'attempts' | 'bell' | 'runEvents'>;

async function openShared({ redisUrl, dataDir }: Config, patience: Patience): Promise<Provided<SharedState>> {
  const { log } = patience;
  if (redisUrl === null) {
    const dir = join(dataDir, 'sessions');
    const sessions = new LmdbSessionStore({ dir, clock: systemClock, log });
    const runEvents = new MemoryRunEventStore();
    return {
      provided: { sessions, attempts: new MemoryAttemptLimiter(), bell: new MemoryBell(), runEvents },
      part: { need: 'sessions', provider: `embedded, in ${dir}; bells, limits and run logs in memory` },
      check: () => sessions.ping(),
      async close() {
        await sessions.close();
        runEvents.close();
      },
    };
  }
  const redis = await waitForService('Redis', () => connectRedis(redisUrl, { log }), patience);
  return {
    provided: {
      sessions: new RedisSessionStore(redis, systemClock),
      attempts: new RedisAttemptLimiter(redis),
      bell: new RedisBell(redis, new MemoryBell()),
      runEvents: new RedisRunEventStore(redis),
    },
    part: { need: 'sessions', provider: 'Redis, with bells, limits and run logs' },
    check: () => redis.ping(),
    close: () => redis.close(),
  };
}

type Blobs = { readonly store: BlobStore; readonly listener: RequestListener | null };

async function openBlobs(
  { objects, dataDir, mongoUrl, server }: Config,
  secret: Secret,
  patience: Patience,
): Promise<Provided<Blobs>> {
  if (objects === null) {
    const dir = join(dataDir, 'objects');
    const store = await FolderBlobStore.open({
      dir,
      // The embedded engine, which is open by now, has the data folder for itself.
      isAlone: mongoUrl === null,
      addressKey: deriveKey(secret, 'signed-urls'),
      publicUrl: server.publicUrl,
      clock: systemClock,
      log: patience.log,
    });
    return {
      provided: { store, listener: store.listener },
      part: { need: 'objects', provider: `embedded, in ${dir}` },
      check: () => store.ping(),
      close: () => Promise.resolve(),
    };
  }
  const store = await waitForService('the object store', () => MinioBlobStore.connect(objects), patience);
  return {
    provided: { store, listener: null },
    part: { need: 'objects', provider: `S3, bucket ${objects.bucket}` },
    check: () => store.ping(),
    close: () => Promise.resolve(),
  };
}
