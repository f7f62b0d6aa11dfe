import { print, type DocumentNode, type FormattedExecutionResult } from 'graphql';
import { requireSmallEnough } from './request-size.js';
import type { TokenSource } from './socket.js';
import { connectionLost, errorOf } from './tomato-error.js';

export type Post = <R>(
  document: DocumentNode,
  variables: unknown,
  options: { readonly signal?: AbortSignal; readonly idempotencyKey?: string },
) => Promise<R>;

/**
 * Queries and mutations by POST.
 *
 * @param token Asked for at each request; null sends none.
 */
export function createPost({
  endpoint,
  token,
  fetch,
}: {
  endpoint: string;
  token: TokenSource;
  fetch: typeof globalThis.fetch;
}): Post {
  return async <R>(document: DocumentNode, variables: unknown, { signal, idempotencyKey }: Parameters<Post>[2]) => {
    const bearer = await unlessAborted(token, signal);
    const body = JSON.stringify({
      query: print(document),
      variables,
      ...(idempotencyKey !== undefined && { extensions: { idempotencyKey } }),
    });
    requireSmallEnough(body);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json',
        'content-type': 'application/json',
        ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      },
      body,
      ...(signal && { signal }),
    }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw connectionLost(error);
    });
    const { data, errors } = await readResult<R>(response, signal);
    if (errors) throw errorOf(errors);
    if (data) return data;
    throw connectionLost(new Error(`The answer, ${response.status}, is none of GraphQL's.`));
  };
}

/** @throws the signal's reason as soon as it aborts, whatever comes of the work. */
async function unlessAborted<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  let leave = (): void => {};
  const left = new Promise<never>((_, reject) => (leave = () => reject(signal?.reason as Error)));
  signal?.addEventListener('abort', leave);
  try {
    return await Promise.race([work(), left]);
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}

/** A proxy between us and the server answers with what it likes. */
async function readResult<R>(response: Response, signal?: AbortSignal): Promise<FormattedExecutionResult<R>> {
  try {
    const { data, errors } = Object(await response.json()) as FormattedExecutionResult<R>;
    return Array.isArray(errors) ? { errors } : { data: data ?? null };
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionLost(error);
  }
}
