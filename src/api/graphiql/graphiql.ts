import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../base/log.js';
import { HttpRefusal } from '../http/answer.js';

/** Answers with one of GraphiQL's files. */
export type SendFile = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing from anywhere else. GraphiQL's editor styles its lines in place, and its style sheet carries its fonts within. */
const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page is not compiled: from `dist` as from `src` it is read where it was written. */
const PAGE = fileURLToPath(new URL('../../../src/api/graphiql/page', import.meta.url));

/** GraphiQL for browsers, all of it from this machine: what sends each file, by the path of its address. None where it is not installed. */
export function createGraphiql(log: Log): ReadonlyMap<string, SendFile> {
  try {
    return new Map([
      ['/graphql', sender(join(PAGE, 'page.html'))],
      ...findAssets().map((file): [string, SendFile] => [`/graphiql/${basename(file)}`, sender(file)]),
    ]);
  } catch (error) {
    log.warn({ error }, 'GraphiQL is for development and not installed here; browsers get none');
    return new Map();
  }
}

function findAssets(): string[] {
  const { resolve } = createRequire(import.meta.url);
  const graphiql = join(dirname(resolve('graphiql/package.json')), 'dist');
  const socketClient = dirname(resolve('graphql-ws/client'));
  return [
    ...filesIn(PAGE, /\.(css|js|svg)$/),
    join(graphiql, 'style.css'),
    join(graphiql, 'index.umd.js'),
    join(dirname(resolve('react')), 'umd/react.production.min.js'),
    join(dirname(resolve('react-dom')), 'umd/react-dom.production.min.js'),
    // The client imports what it shares with the server from a file whose name has a hash in it.
    ...filesIn(socketClient, /^(client|common-.*)\.js$/),
  ];
}

function filesIn(folder: string, names: RegExp): string[] {
  return readdirSync(folder)
    .filter((name) => names.test(name))
    .map((name) => join(folder, name));
}

function sender(file: string): SendFile {
  const mediaType = MEDIA_TYPES[extname(file)] ?? 'application/octet-stream';
  const isPage = mediaType.startsWith('text/html');
  return async ({ headers }, response) => {
    if (isPage && !headers.accept?.includes('text/html')) {
      throw new HttpRefusal(405, 'INVALID_INPUT', 'Send operations by POST. Browsers get GraphiQL here.', {
        Allow: 'POST',
      });
    }
    const content = await readFile(file);
    response.writeHead(200, {
      'Content-Type': mediaType,
      'Content-Length': content.length,
      'Content-Security-Policy': SECURITY_POLICY,
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': isPage ? 'no-cache' : 'private, max-age=3600',
    });
    response.end(content);
  };
}
