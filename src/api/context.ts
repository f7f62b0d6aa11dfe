import { AppError } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Needs } from '../domain/needs.js';
import type { RunDriver } from '../domain/runs/run-driver.js';
import type { Toolbox } from '../domain/tools/tools.js';
import type { Viewer } from '../domain/users/user.js';
import type { Loaders } from './loaders.js';

/** What the process offers to its requests, the same for all of them. */
export type House = {
  readonly needs: Needs;
  readonly toolbox: Toolbox;
  readonly driver: RunDriver;
};

/** What every resolver receives. */
export type RequestContext = House & {
  readonly requestId: string;
  readonly log: Log;
  /** The client's address, through trusted proxies only. */
  readonly address: string;
  /** Who asks, or why nobody does. Public operations do not look at it, so a stale token does not keep anybody from logging in. */
  readonly authentication: { readonly viewer: Viewer } | { readonly refusal: AppError };
  readonly loaders: Loaders;
};

/** @throws {AppError} UNAUTHENTICATED, SESSION_EXPIRED, or SERVICE_UNAVAILABLE where sessions cannot be checked. */
export function requireViewer({ authentication }: RequestContext): Viewer {
  if ('refusal' in authentication) throw authentication.refusal;
  return authentication.viewer;
}
