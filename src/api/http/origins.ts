import type { IncomingMessage, ServerResponse } from 'node:http';

export type Origins = {
  /** Whether pages of this origin may call. Who is not a browser names none, and may. */
  isAllowed(origin: string | undefined): boolean;
  /** Lets the browser hand the answer to the page, if the page may have it. */
  admit(request: IncomingMessage, response: ServerResponse): void;
};

const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  // What Apollo Client sends.
  'Apollo-Require-Preflight',
  'X-Apollo-Operation-Name',
  'ApolloGraphQL-Client-Name',
  'ApolloGraphQL-Client-Version',
].join(', ');

const LOCALHOST = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** @param allowed Such as `https://chat.example.org`. Outside production every port of localhost is allowed too. */
export function createOrigins(allowed: readonly string[], { isProduction }: { isProduction: boolean }): Origins {
  const listed = new Set(allowed.map(ofPage));

  function isAllowed(origin: string | undefined): boolean {
    if (origin === undefined) return true;
    const page = ofPage(origin);
    return listed.has(page) || (!isProduction && LOCALHOST.test(page));
  }

  return {
    isAllowed,
    admit({ headers: { origin } }, response) {
      response.setHeader('Vary', 'Origin');
      if (origin === undefined || !isAllowed(origin)) return;
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', 'X-Request-Id');
    },
  };
}

/** Some clients without pages, as Apollo's on iOS, name as their origin the address of the socket that they open. */
const ofPage = (origin: string): string => origin.replace(/^ws(?=s?:)/, 'http');

/** Answers the question that browsers ask before they let a page send what it wants to send. */
export function answerPreflight(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT');
  response.setHeader('Access-Control-Allow-Headers', ALLOWED_HEADERS);
  response.setHeader('Access-Control-Max-Age', '600');
  response.writeHead(204).end();
}
