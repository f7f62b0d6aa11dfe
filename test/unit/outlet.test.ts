import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { Outlet } from '../../src/api/outlet.js';

/** More than may wait. */
const MUCH = 'x'.repeat(1_000_000);

function outletOf(connection: Writable): Outlet {
  return new Outlet(connection, (texts) => connection.write(texts.join('')));
}

it('lets the writer go on where the system took everything at once: nothing is left to drain then', async () => {
  const outlet = outletOf(new Writable({ highWaterMark: 2 * MUCH.length, write: (_chunk, _encoding, done) => done() }));

  outlet.write(MUCH);
  await outlet.room();

  expect(outlet.waiting).toBe(0);
});

it('holds the writer until the other side has read', async () => {
  let read = (): void => {};
  const outlet = outletOf(new Writable({ write: (_chunk, _encoding, done) => void (read = done) }));

  outlet.write(MUCH);
  const room = outlet.room();
  const first = await Promise.race([room, new Promise((resolve) => setImmediate(resolve, 'still waiting'))]);
  read();
  await room;

  expect([first, outlet.waiting]).toEqual(['still waiting', 0]);
});

it('holds the writer each time anew, and listens to the connection no longer than that', async () => {
  let read = (): void => {};
  const connection = new Writable({ write: (_chunk, _encoding, done) => void (read = done) });
  const own = connection.listenerCount('close');
  const outlet = outletOf(connection);

  for (const _time of [1, 2]) {
    outlet.write(MUCH);
    outlet.flush();
    const room = outlet.room();
    const first = await Promise.race([room, new Promise((resolve) => setImmediate(resolve, 'still waiting'))]);
    expect([first, outlet.isCongested]).toEqual(['still waiting', true]);
    read();
    await room;
  }

  expect([connection.listenerCount('drain'), connection.listenerCount('close')]).toEqual([0, own]);
});

it('lets the writer go once the connection is gone', async () => {
  const connection = new Writable({ write: () => {} });
  const outlet = outletOf(connection);

  outlet.write(MUCH);
  const room = outlet.room();
  connection.destroy();

  await expect(room).resolves.toBeUndefined();
});
