import { expect, it } from 'vitest';
import { ChildServer } from '../kit/child-server.js';

/** Gives every HTTP server of the process two addresses at which a fault happens that nobody catches. */
const WITH_FAULTS = `
  import { Server } from 'node:http';
  const { emit } = Server.prototype;
  Server.prototype.emit = function (name, ...more) {
    if (name === 'request' && more[0].url === '/livez?reject') void Promise.reject(new Error('rejected'));
    if (name === 'request' && more[0].url === '/livez?throw') setImmediate(() => { throw new Error('thrown'); });
    return emit.call(this, name, ...more);
  };
`;

it('goes on after a fault that nobody caught', { timeout: 60_000 }, async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(WITH_FAULTS)}`;
  const server = await ChildServer.start({ NODE_OPTIONS });
  const ada = await server.join();

  for (const fault of ['reject', 'throw', 'reject']) {
    expect((await fetch(`${server.url}/livez?${fault}`)).status).toBe(200);
  }

  expect(await ada.ask('{ me { id } }')).toEqual({ data: { me: { id: ada.id } } });
  await server.close();
});
