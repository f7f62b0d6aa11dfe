import type { Clock } from '../base/clock.js';
import type { NewId } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { MorphemeAnalyzer } from './archive/analysis/morpheme-analyzer.js';
import type { ArchiveStore } from './archive/archive-store.js';
import type { ArchiveVectorStore } from './archive/vectors/vector-store.js';
import type { IndexObjectStore } from './archive/index-object-store.js';
import type { Bell } from './bell.js';
import type { BlobStore } from './blobs/blob-store.js';
import type { BudgetStore } from './budgets/budget-store.js';
import type { ConversationStore } from './conversations/conversation-store.js';
import type { MessageStore } from './conversations/message-store.js';
import type { MessageTokenStore } from './conversations/search/message-token-store.js';
import type { DocumentReader } from './documents/document-reader.js';
import type { IdempotencyStore } from './idempotency/idempotency-store.js';
import type { JobStore } from './jobs/job-store.js';
import type { CountTokens } from './models/count-tokens.js';
import type { KeyVault } from './models/key-vault.js';
import type { ModelClients } from './models/model-clients.js';
import type { ModelStore } from './models/model-store.js';
import type { ProviderStore } from './models/provider-store.js';
import type { UsageStore } from './usage/usage-store.js';
import type { RunEventStore } from './runs/run-event-store.js';
import type { RunStore } from './runs/run-store.js';
import type { Settings } from './settings.js';
import type { PublicFetch } from './tools/public-fetch.js';
import type { UploadStore } from './uploads/upload-store.js';
import type { AttemptLimiter } from './users/attempt-limiter.js';
import type { PasswordHasher } from './users/password-hasher.js';
import type { SessionStore } from './users/session-store.js';
import type { TokenSigner } from './users/token-signer.js';
import type { UserStore } from './users/user-store.js';

/**
 * Everything the domain asks of the outside. `compose.ts` decides what provides it;
 * a domain function names the few of these that it uses.
 *
 * While what is behind a store does not answer, its methods throw SERVICE_UNAVAILABLE after some seconds, whether or not a write was made: one that
 * `untilStored` repeats may have been made before. What else they throw their contract names, or it is a bug.
 */
export type Needs = {
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  readonly settings: Settings;

  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly passwords: PasswordHasher;
  readonly tokens: TokenSigner;
  readonly attempts: AttemptLimiter;

  readonly providers: ProviderStore;
  readonly models: ModelStore;
  readonly keyVault: KeyVault;
  readonly modelClients: ModelClients;
  readonly countTokens: CountTokens;
  readonly usage: UsageStore;
  readonly budgets: BudgetStore;

  readonly conversations: ConversationStore;
  readonly messages: MessageStore;
  readonly messageTokens: MessageTokenStore;
  readonly runs: RunStore;
  readonly runEvents: RunEventStore;
  readonly bell: Bell;

  readonly archive: ArchiveStore;
  readonly archiveVectors: ArchiveVectorStore;
  readonly indexObjects: IndexObjectStore;
  readonly morphemes: MorphemeAnalyzer;

  readonly jobs: JobStore;
  readonly uploads: UploadStore;
  readonly documentReader: DocumentReader;

  readonly idempotency: IdempotencyStore;

  readonly publicFetch: PublicFetch;
  readonly blobs: BlobStore;
};
