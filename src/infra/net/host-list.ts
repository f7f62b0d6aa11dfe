const PORT = /:(?<port>\d{1,5})$/;

/**
 * Whether a URL leads to one of the hosts. Each is written as `host` (any port) or `host:port`; an IPv6 address stands in brackets.
 *
 * @throws {TypeError} if one of them is not written so.
 */
export function hostMatcher(hosts: readonly string[]): (url: URL) => boolean {
  const allowed = new Set(hosts.map(normalize));
  return (url) => allowed.has(hostOf(url)) || allowed.has(`${hostOf(url)}:${portOf(url)}`);
}

/** The host as it is looked up: without the dot that may end it. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/\.$/, '');
}

function normalize(entry: string): string {
  const host = hostOf(new URL(`http://${entry}`));
  const port = PORT.exec(entry)?.groups?.['port'];
  return port === undefined ? host : `${host}:${Number(port)}`;
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80');
}
