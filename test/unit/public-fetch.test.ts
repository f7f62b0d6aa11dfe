import { describe, expect, it } from 'vitest';
import { createPublicFetch, type Address, type Resolve } from '../../src/infra/net/public-fetch.js';
import { localServer } from '../kit/local-server.js';
import { get } from '../kit/public-request.js';

const loopback: readonly Address[] = [{ address: '127.0.0.1', family: 4 }];

/** Names that exist in a test only. Counts how often each was asked for. */
function names(table: Readonly<Record<string, readonly Address[]>>): { resolve: Resolve; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve: async (host) => {
      asked.push(host);
      return table[host] ?? [];
    },
  };
}

const portOf = (server: string) => server.split(':')[1];

describe('what it fetches', () => {
  it('sends the request as it is, and returns what the other side answered', async () => {
    const server = await localServer(async (request, response) => {
      const sent = Buffer.concat(await request.toArray()).toString();
      response.writeHead(201, { 'content-type': 'Application/JSON; charset="euc-kr"' });
      response.end(JSON.stringify({ method: request.method, sent, key: request.headers['x-key'] }));
    });
    const fetch = createPublicFetch({ allowedHosts: [server] });

    const answer = await fetch(
      get(`http://${server}/a?b=1`, { method: 'POST', headers: { 'X-Key': 'k' }, body: '안녕' }),
    );

    expect(answer).toEqual({
      status: 201,
      url: `http://${server}/a?b=1`,
      mediaType: 'application/json',
      charset: 'euc-kr',
      body: Buffer.from('{"method":"POST","sent":"안녕","key":"k"}'),
      isTruncated: false,
    });
  });

  it.each(['GET', 'HEAD', 'DELETE', 'PATCH'] as const)(
    'sends the body of a %s with its length, so that nobody takes it for a request of its own',
    async (method) => {
      const seen: string[] = [];
      const server = await localServer(async (request, response) => {
        seen.push(`${request.method} ${request.url} ${Buffer.concat(await request.toArray()).toString()}`);
        response.end();
      });
      const fetch = createPublicFetch({ allowedHosts: [server] });
      const body = 'GET /other HTTP/1.1\r\nHost: other.test\r\n\r\n';

      const { status } = await fetch(get(`http://${server}/a`, { method, body }));

      expect({ status, seen }).toEqual({ status: 200, seen: [`${method} /a ${body}`] });
    },
  );

  it('sends nothing that says who the server is', async () => {
    const server = await localServer((request, response) => response.end(JSON.stringify(request.headers)));
    const fetch = createPublicFetch({ allowedHosts: [server] });

    const { body } = await fetch(get(`http://${server}/`));

    expect(JSON.parse(body.toString())).toEqual({
      accept: '*/*',
      'accept-encoding': 'identity',
      connection: 'close',
      host: server,
      'user-agent': 'Tomato',
    });
  });

  it.each([
    'Host',
    'Connection',
    'Content-Length',
    'Transfer-Encoding',
    'Upgrade',
    'Proxy-Authorization',
    'Accept-Encoding',
  ])('does not let a caller choose %s', async (name) => {
    const fetch = createPublicFetch({ allowedHosts: [] });

    await expect(fetch(get('http://a.test/', { headers: { [name]: 'x' } }))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'headers' },
    });
  });

  it.each<Record<string, string>>([{ 'x-a': 'b\r\nhost: c' }, { 'x-a\r\nhost': 'c' }, { 'x a': 'b' }, { '': 'b' }])(
    'refuses headers that smuggle others: %j',
    async (headers) => {
      const fetch = createPublicFetch({ allowedHosts: [] });

      await expect(fetch(get('http://a.test/', { headers }))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    },
  );
});

describe('where it does not go', () => {
  it.each([
    'http://127.0.0.1/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://１２７.０.０.１/',
    'http://0/',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
  ])('%s', async (url) => {
    const fetch = createPublicFetch({ allowedHosts: [], resolve: names({}).resolve });

    await expect(fetch(get(url))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('a name of this machine, with a dot at its end or without', async () => {
    const fetch = createPublicFetch({ allowedHosts: [] });

    await expect(fetch(get('http://localhost/'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(fetch(get('http://localhost./'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('a name with one private address among public ones', async () => {
    const { resolve } = names({ 'mixed.test': [{ address: '93.184.215.14', family: 4 }, ...loopback] });
    const fetch = createPublicFetch({ allowedHosts: [], resolve });

    await expect(fetch(get('http://mixed.test/'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it.each(['ftp://a.test/', 'file:///etc/passwd', 'gopher://a.test/', 'data:text/plain,a', 'a.test', '', 'http://'])(
    'an address that is not for the web: %j',
    async (url) => {
      const fetch = createPublicFetch({ allowedHosts: [], resolve: names({}).resolve });

      await expect(fetch(get(url))).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'url' } });
    },
  );

  it('an address with a user name or a password', async () => {
    const fetch = createPublicFetch({ allowedHosts: [], resolve: names({}).resolve });

    await expect(fetch(get('http://me:pw@a.test/'))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(fetch(get('http://a.test@127.0.0.1/'))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('allowed hosts', () => {
  it('may be private: any port of a host, or one port of it', async () => {
    const server = await localServer((_request, response) => response.end('in'));
    const fetchWith = (allowedHosts: string[]) => createPublicFetch({ allowedHosts })(get(`http://${server}/`));

    await expect(fetchWith(['127.0.0.1'])).resolves.toMatchObject({ status: 200 });
    await expect(fetchWith([server])).resolves.toMatchObject({ status: 200 });
    await expect(fetchWith(['127.0.0.1:1'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(fetchWith(['127.0.0.2'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('counts the port that a scheme implies', async () => {
    const { resolve } = names({ 'inside.test': [] });
    const fetch = createPublicFetch({ allowedHosts: ['10.0.0.1:443'], resolve });

    await expect(fetch(get('http://10.0.0.1/'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('names', () => {
  it('connects to the address that was checked, and looks a name up once', async () => {
    const server = await localServer((_request, response) => response.end('checked'));
    let lookups = 0;
    const rebinding: Resolve = async () => (lookups++ === 0 ? loopback : [{ address: '127.0.0.2', family: 4 }]);
    const fetch = createPublicFetch({ allowedHosts: ['rebind.test'], resolve: rebinding });

    const { body } = await fetch(get(`http://rebind.test:${portOf(server)}/`));

    expect({ body: body.toString(), lookups }).toEqual({ body: 'checked', lookups: 1 });
  });

  it('checks a name again at each hop, so that a second answer does not slip in', async () => {
    const server = await localServer((request, response) => {
      response.writeHead(302, { location: `http://second.test:${request.socket.localPort}/` }).end();
    });
    const { resolve, asked } = names({ 'first.test': loopback, 'second.test': loopback });
    const fetch = createPublicFetch({ allowedHosts: ['first.test'], resolve });

    await expect(fetch(get(`http://first.test:${portOf(server)}/`))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(asked).toEqual(['first.test', 'second.test']);
  });
});

describe('redirects', () => {
  it('are followed three times and not four', async () => {
    const server = await localServer((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const fetch = createPublicFetch({ allowedHosts: [server] });

    await expect(fetch(get(`http://${server}/3`))).resolves.toMatchObject({ url: `http://${server}/0`, status: 200 });
    await expect(fetch(get(`http://${server}/4`))).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
  });

  it.each(['http://127.0.0.2/', 'http://169.254.169.254/', '//[::1]/', 'http://0x7f.2/'])(
    'do not lead to %s',
    async (location) => {
      const server = await localServer((_request, response) => response.writeHead(302, { location }).end());
      const fetch = createPublicFetch({ allowedHosts: [server] });

      await expect(fetch(get(`http://${server}/`))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    },
  );

  it.each(['ftp://a.test/', 'http://me:pw@a.test/', 'http://'])('do not lead to %s either', async (location) => {
    const server = await localServer((_request, response) => response.writeHead(302, { location }).end());
    const fetch = createPublicFetch({ allowedHosts: [server] });

    await expect(fetch(get(`http://${server}/`))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('keep headers within an origin and drop whatever may hold a key across origins', async () => {
    const echo = await localServer((request, response) => response.end(JSON.stringify(request.headers)));
    const server = await localServer((request, response) => {
      if (request.url === '/same') response.end(JSON.stringify(request.headers));
      else response.writeHead(307, { location: request.url === '/near' ? '/same' : `http://${echo}/` }).end();
    });
    const fetch = createPublicFetch({ allowedHosts: [server, echo] });
    const headers = { authorization: 'Bearer t', cookie: 'c=1', 'x-api-key': 'k', accept: 'text/plain' };
    const received = async (path: string) =>
      JSON.parse((await fetch(get(`http://${server}${path}`, { headers }))).body.toString()) as object;

    expect(await received('/near')).toMatchObject(headers);
    expect(await received('/far')).toEqual({
      accept: 'text/plain',
      'accept-encoding': 'identity',
      connection: 'close',
      host: echo,
      'user-agent': 'Tomato',
    });
  });

  it.each([
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'data'],
    [308, 'POST', 'data'],
  ])('by %i turn a POST into a %s', async (status, method, body) => {
    const server = await localServer(async (request, response) => {
      if (request.url === '/') response.writeHead(status, { location: '/next' }).end();
      else response.end(`${request.method} ${Buffer.concat(await request.toArray()).toString()}`);
    });
    const fetch = createPublicFetch({ allowedHosts: [server] });

    const answer = await fetch(get(`http://${server}/`, { method: 'POST', body: 'data' }));

    expect(answer.body.toString()).toBe(`${method} ${body}`);
  });
});
