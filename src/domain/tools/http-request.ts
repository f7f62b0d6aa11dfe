import { z } from 'zod';
import type { Needs } from '../needs.js';
import type { PublicResponse } from './public-fetch.js';
import { defineTool, type Tool } from './tool.js';

const MAX_BYTES = 1024 * 1024;
const MAX_BODY_CHARS = 100_000;
const MAX_HEADERS = 20;

/** What is text, whatever its family says. */
const TEXT_TYPE = /^text\/|^application\/(.+\+)?(json|xml|yaml|javascript|x-ndjson|x-www-form-urlencoded)$/;

export function httpRequest({ publicFetch }: Pick<Needs, 'publicFetch'>): Tool {
  return defineTool({
    name: 'http_request',
    alias: 'HTTP request',
    description:
      'Sends one HTTP request to an address on the public internet and returns the status, the media type and the body. ' +
      'It reads text and JSON only, at most 1 MiB, within 15 seconds, and follows at most 3 redirects.',
    outputCondition:
      'Use it when the user names an address, or when an answer needs data from an HTTP API. ' +
      'Answer from what came back, name the address it came from, and say so plainly if the request failed.',
    parameters: z.object({
      url: z
        .string()
        .max(4_000)
        .describe('Absolute, starting with http:// or https://, without a user name or password'),
      method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
      headers: z
        .record(z.string().max(100), z.string().max(4_000))
        .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, `At most ${MAX_HEADERS} headers.`)
        .default({})
        .describe('Such as {"accept": "application/json"}'),
      body: z
        .string()
        .max(MAX_BODY_CHARS)
        .nullable()
        .default(null)
        .describe('Sent as it is; name its type in the header content-type'),
    }),
    async run({ url, method, headers, body }, { signal }) {
      const response = await publicFetch({ url, method, headers, body, maxBytes: MAX_BYTES, signal });
      return describeResponse(response);
    },
  });
}

/** The body comes last, after an empty line, as in HTTP itself. */
function describeResponse(response: PublicResponse): string {
  const { status, url, mediaType, body, isTruncated } = response;
  const head = [`Status: ${status}`, `Address: ${url}`, `Type: ${mediaType || 'not given'}`];
  if (body.length === 0) return [...head, 'The body is empty.'].join('\n');
  if (!TEXT_TYPE.test(mediaType)) return [...head, 'The body is not text, and was not read.'].join('\n');
  if (isTruncated) head.push('Only the first 1 MiB of the body was read.');
  return `${head.join('\n')}\n\n${decode(response)}`;
}

/** What names no encoding that we know is read as UTF-8. */
function decode({ body, charset }: PublicResponse): string {
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}
