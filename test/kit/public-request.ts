import type { PublicRequest } from '../../src/domain/tools/public-fetch.js';

/** A plain GET that nobody stops. */
export const get = (url: string, more: Partial<PublicRequest> = {}): PublicRequest => ({
  method: 'GET',
  url,
  headers: {},
  body: null,
  maxBytes: 1_048_576,
  signal: new AbortController().signal,
  ...more,
});
