import { print, type DocumentNode, type FormattedExecutionResult } from 'graphql';
import { requireSmallEnough } from './request-size.js';
import { connectionLost, errorOf, TomatoError } from './tomato-error.js';

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
  token: () => string | null;
  fetch: typeof globalThis.fetch;
}): Post {
  return async <R>(document: DocumentNode, variables: unknown, { signal, idempotencyKey }: Parameters<Post>[2]) => {
    const bearer = token();
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
    const result = await readResult<R>(response);
    if (result.errors) throw errorOf(result.errors);
    if (!result.data) throw new TomatoError('INTERNAL', `The server answered ${response.status} without data.`);
    return result.data;
  };
}

/** A proxy between us and the server answers with what it likes. */
async function readResult<R>(response: Response): Promise<FormattedExecutionResult<R>> {
  try {
    return (await response.json()) as FormattedExecutionResult<R>;
  } catch (error) {
    throw connectionLost(error);
  }
}
