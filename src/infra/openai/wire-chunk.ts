import { MalformedStreamError } from './sse-reader.js';
import type { WireUsage } from './wire-usage.js';

/**
 * One chunk of a stream, as services really send it: everything may be missing, and most of it may be null.
 * An answer in one piece, from a service that does not stream, has a `message` in place of the `delta`.
 */
export type WireChunk = {
  readonly choices?: readonly WireChoice[] | null;
  readonly usage?: WireUsage | null;
  readonly x_groq?: { readonly usage?: WireUsage | null } | null;
  readonly error?: unknown;
  readonly object?: unknown;
  readonly message?: unknown;
  readonly detail?: unknown;
};

export type WireChoice = {
  readonly index?: number | null;
  readonly delta?: WireDelta | null;
  readonly message?: WireDelta | null;
  readonly finish_reason?: string | null;
  readonly usage?: WireUsage | null;
};

export type WireDelta = {
  readonly content?: string | readonly (WirePart | string)[] | null;
  readonly refusal?: string | null;
  readonly reasoning_content?: string | null;
  readonly reasoning?: unknown;
  readonly tool_calls?: readonly WireCall[] | null;
  /** Before there were `tools`, there was one call an answer. */
  readonly function_call?: WireCall['function'];
};

export type WirePart = {
  readonly type?: string;
  readonly text?: unknown;
  readonly thinking?: string | readonly WirePart[];
};

export type WireCall = {
  readonly index?: number | null;
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null;
};

/** @throws {SyntaxError | MalformedStreamError} if it is no object as JSON. */
export function parseChunk(json: string): WireChunk {
  const parsed = JSON.parse(json) as WireChunk | readonly WireChunk[] | null;
  // Some services tell of an error in a list of one.
  const chunk = Array.isArray(parsed) ? (parsed as readonly WireChunk[])[0] : (parsed as WireChunk | null);
  if (typeof chunk === 'object' && chunk !== null) return chunk;
  throw new MalformedStreamError(`Not a chunk: ${json.slice(0, 100)}`);
}

/** Whether the service reports an error in the place of an answer. */
export function isReport({ error, object, message, detail, choices }: WireChunk): boolean {
  const isError = Boolean(error) && JSON.stringify(error) !== '{}';
  return isError || object === 'error' || (!choices && [message, detail].some((said) => typeof said === 'string'));
}
