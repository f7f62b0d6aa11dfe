import { AppError, INTERNAL_MESSAGE } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { ArchiveIndexes } from '../domain/archive/archive-indexes.js';
import type { ArchiveVectors } from '../domain/archive/vectors/archive-vectors.js';
import type { JobRunner } from '../domain/jobs/job-runner.js';
import type { ConversationIndexes } from '../domain/conversations/search/conversation-indexes.js';
import type { Needs } from '../domain/needs.js';
import type { RunDriver } from '../domain/runs/run-driver.js';
import type { Toolbox } from '../domain/tools/tools.js';
import { authenticate } from '../domain/users/authenticate.js';
import type { Viewer } from '../domain/users/user.js';
import type { Readiness } from './health/readiness.js';
import { Loaders } from './loaders.js';

/** What the process offers to its requests, the same for all of them. */
export type House = {
  readonly needs: Needs;
  readonly toolbox: Toolbox;
  readonly archiveIndexes: ArchiveIndexes;
  readonly archiveVectors: ArchiveVectors;
  readonly conversationIndexes: ConversationIndexes;
  readonly driver: RunDriver;
  readonly jobRunner: JobRunner;
  readonly readiness: Readiness;
};

/** What is known of a request before anybody looks at what it asks. */
export type Caller = {
  /** The trusted proxy's, or one that we made. */
  readonly requestId: string;
  readonly log: Log;
  /** The client's address, through trusted proxies only. */
  readonly address: string;
};

/** What every resolver receives. */
export type RequestContext = House &
  Caller & {
    /** Who asks, or why nobody does. Public operations do not look at it, so a stale token does not keep anybody from logging in. */
    readonly authentication: Authentication;
    readonly loaders: Loaders;
  };

export type Authentication = { readonly viewer: Viewer } | { readonly refusal: AppError };

/** @throws {AppError} UNAUTHENTICATED, SESSION_EXPIRED, or SERVICE_UNAVAILABLE where sessions cannot be checked. */
export function requireViewer({ authentication }: RequestContext): Viewer {
  if ('refusal' in authentication) throw authentication.refusal;
  return authentication.viewer;
}

/**
 * Makes the context of one operation. Counts as a use of the session.
 *
 * @param authorization The header's text, or what stands in its place on a socket.
 * @param isLasting True if the operation may be a subscription.
 */
export async function openContext(
  house: House,
  caller: Caller,
  { authorization, isLasting }: { authorization: string | undefined; isLasting: boolean },
): Promise<RequestContext> {
  const { requestId, log, address } = caller;
  const authentication = await readAuthentication(house.needs, authorization, log);
  return { ...house, requestId, log, address, authentication, loaders: new Loaders(house.needs, { isLasting }) };
}

/** Never throws: the operation may be one that anybody may ask for. */
export async function readAuthentication(
  needs: Needs,
  authorization: string | undefined,
  log: Log,
): Promise<Authentication> {
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1] ?? null;
  try {
    return { viewer: await authenticate(needs, token) };
  } catch (error) {
    if (error instanceof AppError) return { refusal: error };
    log.error({ error }, 'a session could not be checked');
    return { refusal: new AppError('INTERNAL', INTERNAL_MESSAGE, {}, { cause: error }) };
  }
}
