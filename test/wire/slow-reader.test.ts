import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openSignedIn, subscribeMessage } from '../kit/raw-socket.js';
import { SmallResolver } from '../kit/small-resolvers.js';
import { smallServer } from '../kit/small-server.js';

const MIB = 1024 * 1024;

it('does not fill the memory for a socket that does not read, and gives it up', { timeout: 60_000 }, async () => {
  const { url, signIn } = await smallServer({ resolvers: [SmallResolver] });
  const socket = await openSignedIn(url, signIn());
  const rssBefore = process.memoryUsage().rss;

  socket.ws.pause();
  for (let id = 1; id <= 20; id++) socket.send(subscribeMessage(`${id}`, 'subscription { flood(kib: 1024) }'));

  let highest = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < 26_000) {
    highest = Math.max(highest, process.memoryUsage().rss);
    await sleep(100);
  }
  expect(highest - rssBefore).toBeLessThan(200 * MIB);
  socket.ws.resume();
  expect([4429, 1006]).toContain((await socket.closed).code);
});

it('holds an event stream back for a client that does not read, and lets others go on meanwhile', async () => {
  const { port, ask } = await smallServer({ resolvers: [SmallResolver] });
  const body = JSON.stringify({ query: 'subscription { flood(kib: 1024) }' });
  const rssBefore = process.memoryUsage().rss;

  const client = connect(port, '127.0.0.1');
  client.pause();
  client.write(
    `POST /graphql/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await sleep(1_000);

  expect(process.memoryUsage().rss - rssBefore).toBeLessThan(100 * MIB);
  expect((await ask('{ yes }')).body).toEqual({ data: { yes: true } });
  client.destroy();
});
