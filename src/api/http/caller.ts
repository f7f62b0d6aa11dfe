import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Log } from '../../base/log.js';
import { blockListOf, isIn } from '../../base/subnets.js';
import type { Caller } from '../context.js';

export type ReadCaller = (request: IncomingMessage) => Caller;

const REQUEST_ID = /^[\w.:-]{8,128}$/;

/**
 * Says from where a request comes. What it says of itself, in X-Forwarded-For and X-Request-Id, counts only as far as trusted proxies have written it.
 *
 * @param trustedProxies Addresses and ranges, such as `10.0.0.0/8`.
 */
export function createReadCaller(trustedProxies: readonly string[], log: Log): ReadCaller {
  const proxies = blockListOf(trustedProxies);

  function clientAddress(request: IncomingMessage): string {
    const forwarded = textOf(request.headers['x-forwarded-for'])
      .split(',')
      .map((hop) => hop.trim());
    let address = plainAddress(request.socket.remoteAddress ?? '');
    while (isIn(proxies, address)) {
      const before = hopAddress(forwarded.pop() ?? '');
      if (before === null) break;
      address = before;
    }
    return address;
  }

  return (request) => {
    const claimed = textOf(request.headers['x-request-id']);
    const isTrusted = isIn(proxies, plainAddress(request.socket.remoteAddress ?? ''));
    const requestId = isTrusted && REQUEST_ID.test(claimed) ? claimed : randomUUID();
    return { requestId, address: clientAddress(request), log: log.child({ requestId }) };
  };
}

/** Some proxies write the port as well, as in `192.0.2.1:4711` and `[2001:db8::1]:4711`. Null for what is no address. */
function hopAddress(hop: string): string | null {
  const bare = /^\[(.*)\](?::\d+)?$/.exec(hop)?.[1] ?? hop.replace(/^([\d.]+):\d+$/, '$1');
  return isIP(bare) === 0 ? null : plainAddress(bare);
}

/** A socket that listens on IPv6 shows IPv4 peers as `::ffff:192.0.2.1`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

function textOf(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(',') : (header ?? '');
}
