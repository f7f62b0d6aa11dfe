import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Looks at what clients send, in the order in which it comes. A new one is made for each connection. */
export type Listener = (piece: Buffer) => void;

export type SlowProxy = {
  readonly port: number;
  /** Milliseconds that a question and its answer take on the way, half of it each; it may be changed at any time. */
  roundTripMs: number;
  /** How many connections were made to it so far. */
  readonly connections: number;
  /** Breaks all connections, as a network that is lost does; new ones break too, until it is mended. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
};

/** Stands between a service of this machine and its clients, and makes it seem far away. */
export async function startSlowProxy({
  to,
  listen = () => () => {},
}: {
  /** The port of the service. */
  to: number;
  listen?: () => Listener;
}): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let isCut = false;
  const server = createServer((client) => {
    connections += 1;
    if (isCut) return void client.resetAndDestroy();
    const service = connect(to, '127.0.0.1');
    for (const socket of [client, service]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', listen());
    carry(client, service);
    carry(service, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  /** Everything is late by the same time, so that it arrives in the order in which it was sent. */
  function carry(from: Socket, to: Socket): void {
    let last = Promise.resolve();
    const late = (act: () => void): void => {
      const arrival = sleep(proxy.roundTripMs / 2);
      last = last.then(() => arrival).then(act);
    };
    from.on('data', (piece: Buffer) => late(() => to.write(piece)));
    from.on('close', () => late(() => to.destroy()));
  }

  const proxy: SlowProxy = {
    port: (server.address() as AddressInfo).port,
    roundTripMs: 0,
    get connections() {
      return connections;
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    mend() {
      isCut = false;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
  return proxy;
}
