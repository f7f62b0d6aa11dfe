import { serialize } from 'bson';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decode } from '../../src/infra/engine/store/bson.js';
import { type OpenEngine, openTestEngine } from './kit.js';

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());

const MSG = 2013;
const QUERY = 2004;

function message(opcode: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(16);
  head.writeInt32LE(16 + body.length, 0);
  head.writeInt32LE(7, 4);
  head.writeInt32LE(opcode, 12);
  return Buffer.concat([head, body]);
}

const flags = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const section0 = (document: object): Buffer => Buffer.concat([Buffer.of(0), serialize(document)]);

function section1(field: string, documents: object[]): Buffer {
  const body = Buffer.concat([Buffer.from(`${field}\0`), ...documents.map((document) => serialize(document))]);
  const length = Buffer.alloc(4);
  length.writeInt32LE(4 + body.length);
  return Buffer.concat([Buffer.of(1), length, body]);
}

async function rawConnection(): Promise<Socket> {
  const socket = connect(open.engine.socketPath ?? '');
  await once(socket, 'connect');
  return socket;
}

/** The reply to one message, whole. */
async function ask(bytes: Buffer): Promise<Buffer> {
  const socket = await rawConnection();
  socket.write(bytes);
  const [reply] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return reply;
}

/** Whether the engine closes the connection that sent these bytes. */
async function isHungUp(bytes: Buffer): Promise<boolean> {
  const socket = await rawConnection();
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return true;
}

describe('the wire', () => {
  it('takes a command in a body, and documents in a sequence beside it', async () => {
    const insert = message(
      MSG,
      flags(0),
      section0({ insert: 'wire', $db: 'test' }),
      section1('documents', [{ _id: 1 }, { _id: 2 }]),
    );

    const reply = await ask(insert);

    expect(reply.readInt32LE(8)).toBe(7);
    expect(reply.readInt32LE(12)).toBe(MSG);
    expect(decode(reply.subarray(21))).toMatchObject({ n: { value: 2 }, ok: { value: 1 } });
  });

  it('does not answer a message that says that more is to come', async () => {
    const MORE_TO_COME = 2;
    const silent = message(
      MSG,
      flags(MORE_TO_COME),
      section0({ insert: 'wire', documents: [{ _id: 3 }], $db: 'test' }),
    );

    const reply = await ask(
      Buffer.concat([silent, message(MSG, flags(0), section0({ count: 'wire', query: { _id: 3 }, $db: 'test' }))]),
    );

    expect(decode(reply.subarray(21))).toMatchObject({ n: { value: 1 } });
  });

  it('answers the hello that older drivers ask by OP_QUERY', async () => {
    const query = Buffer.concat([
      flags(0),
      Buffer.from('admin.$cmd\0'),
      flags(0),
      flags(0xffffffff),
      serialize({ isMaster: 1, helloOk: true }),
    ]);

    const reply = await ask(message(QUERY, query));

    expect(reply.readInt32LE(12)).toBe(1);
    expect(decode(reply.subarray(36))).toMatchObject({
      ismaster: true,
      helloOk: true,
      maxWireVersion: { value: 21 },
      ok: { value: 1 },
    });
  });

  it('tells a driver that waits the same again when its patience ends, as often as it allows', async () => {
    const known = decode((await ask(message(MSG, flags(0), section0({ hello: 1, $db: 'admin' })))).subarray(21));
    const socket = await rawConnection();
    const EXHAUST_ALLOWED = 1 << 16;

    socket.write(
      message(
        MSG,
        flags(EXHAUST_ALLOWED),
        section0({ hello: 1, topologyVersion: known.topologyVersion, maxAwaitTimeMS: 20, $db: 'admin' }),
      ),
    );
    const [first] = (await once(socket, 'data')) as [Buffer];
    const [second] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();

    expect([first.readUInt32LE(16), second.readUInt32LE(16)]).toEqual([2, 2]);
    expect(second.readInt32LE(8)).toBe(first.readInt32LE(4));
  });

  it.each([0, 1e12, Number.MAX_VALUE])('does not flood a driver that says it waits %d ms', async (maxAwaitTimeMS) => {
    const known = decode((await ask(message(MSG, flags(0), section0({ hello: 1, $db: 'admin' })))).subarray(21));
    const socket = await rawConnection();
    const setInterval = vi.spyOn(globalThis, 'setInterval');

    const hello = { hello: 1, topologyVersion: known.topologyVersion, maxAwaitTimeMS, $db: 'admin' };
    socket.write(message(MSG, flags(1 << 16), section0(hello)));
    socket.write(message(MSG, flags(0), section0({ ping: 1, $db: 'admin' })));
    await once(socket, 'data');
    const pauses = setInterval.mock.calls.map(([, pause]) => pause);
    setInterval.mockRestore();
    socket.destroy();

    expect(pauses).toEqual([maxAwaitTimeMS === 0 ? 10 : 2 ** 31 - 1]);
  });

  it('answers a client that reads nothing for a while with all that it asked', async () => {
    await open.db.collection('large').insertOne({ text: 'x'.repeat(4_000_000) });
    const socket = await rawConnection();
    socket.pause();
    const find = message(MSG, flags(0), section0({ find: 'large', $db: 'tomato' }));
    for (let i = 0; i < 5; i++) socket.write(find);
    expect(await open.db.command({ ping: 1 })).toEqual({ ok: 1 });

    let received = 0;
    for await (const chunk of socket) {
      received += (chunk as Buffer).length;
      if (received >= 5 * 4_000_000) break;
    }

    expect(received).toBeGreaterThan(5 * 4_000_000);
  });

  it('takes a message that comes byte by byte', async () => {
    const socket = await rawConnection();
    const reply = once(socket, 'data') as Promise<[Buffer]>;

    for (const byte of message(MSG, flags(0), section0({ ping: 1, $db: 'admin' }))) socket.write(Buffer.of(byte));
    const [bytes] = await reply;
    socket.destroy();

    expect(decode(bytes.subarray(21))).toMatchObject({ ok: { value: 1 } });
  });
});

describe('a connection that sends', () => {
  const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });
  const withByte = (bytes: Buffer, at: number, value: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed[at] = value;
    return changed;
  };
  const ping = message(MSG, flags(0), section0({ ping: 1, text: 'abc', $db: 'admin' }));

  it.each([
    ['a length that no message has', Buffer.alloc(16, 0xff)],
    ['a length that is too short for a header', withByte(ping, 0, 3)],
    ['a document that lies about its length', withByte(ping, 21, 250)],
    ['a string that lies about its length', withByte(ping, ping.indexOf('text') + 5, 200)],
    ['a type that does not exist', withByte(ping, 25, 99)],
    [
      'a document that is nested too deep',
      message(MSG, flags(0), section0({ ping: 1, deep: deep(250), $db: 'admin' })),
    ],
    ['a section that does not exist', withByte(ping, 20, 9)],
    ['a flag that must be understood', withByte(ping, 16, 4)],
    ['an operation that is not spoken', withByte(ping, 12, 0)],
    ['the start of TLS', Buffer.from('16030100c8010000c40303aabbccddeeff0011', 'hex')],
  ])('%s is closed, and the others never know', async (_, bytes) => {
    expect(await isHungUp(bytes)).toBe(true);
    expect(await open.db.command({ ping: 1 })).toEqual({ ok: 1 });
  });
});
