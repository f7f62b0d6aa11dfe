import type { Secret } from '../base/secret.js';
import type { Role } from './users/user.js';

/** What the people who run Tomato have decided; `config.ts` reads it from the environment and knows the defaults. */
export type Settings = {
  readonly accounts: AccountSettings;
  readonly runs: RunSettings;
  readonly tools: ToolSettings;
  readonly models: ModelSettings;
  readonly archive: ArchiveSettings;
  readonly uploads: UploadSettings;
  readonly jobs: JobSettings;
};

export type AccountSettings = {
  readonly registration: 'open' | 'closed';
  /** What everybody but the first account becomes. */
  readonly defaultRole: Exclude<Role, 'OWNER'>;
  /** What the first account must name to become OWNER; null asks for nothing. */
  readonly ownerCode: Secret | null;
  /** Milliseconds without a request after which a session ends. */
  readonly sessionIdleMs: number;
  /** Milliseconds after its login at which a session ends whatever happens. */
  readonly sessionAbsoluteMs: number;
};

export type RunSettings = {
  /** Model calls of one run, retries not counted; the last answer without tools is one more. */
  readonly maxSteps: number;
  /** Wall-clock milliseconds of one run, tools included. */
  readonly maxDurationMs: number;
  /** Runs of one user that may be active at a time. */
  readonly maxActivePerUser: number;
};

export type ToolSettings = {
  /** `host` or `host:port` that `http_request` may reach although their addresses are not public. */
  readonly allowedHosts: readonly string[];
};

export type ModelSettings = {
  /** Milliseconds until the first byte of an answer; what a new model starts with. */
  readonly firstByteTimeoutMs: number;
  /** Milliseconds between two bytes of an answer; what a new model starts with. */
  readonly idleTimeoutMs: number;
};

export type ArchiveSettings = {
  /** Entries that one user may keep. */
  readonly maxEntriesPerUser: number;
  /** Bytes of content, in UTF-8, that one user may keep. */
  readonly maxBytesPerUser: number;
  /** Bytes of search indexes that this process keeps in memory. */
  readonly maxIndexBytes: number;
  /** Milliseconds that a search waits for the vector of its question; after that it goes by words alone. */
  readonly vectorTimeoutMs: number;
};

export type UploadSettings = {
  /** Bytes of one file. */
  readonly maxBytes: number;
  /** Bytes of all files of one user that no job has dealt with yet. */
  readonly maxBytesPerUser: number;
};

export type JobSettings = {
  /** Jobs of one user that have not ended. */
  readonly maxActivePerUser: number;
};
