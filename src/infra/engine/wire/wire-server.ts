import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { EngineError } from '../errors.js';
import type { AwaitedHellos } from './awaited-hello.js';
import { type Connection, ConnectionDropError, type RunCommand } from './connection.js';
import { FrameReader, Opcode } from './frames.js';
import { Flag, type Message, parseMsg, parseQuery } from './op-msg.js';
import { errorBody, msgReply, queryReply, type Reply } from './reply.js';

/** Answers MongoDB's wire protocol on one socket. Commands of a connection run one after another. */
export class WireServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  constructor(
    private readonly run: RunCommand,
    private readonly hellos: AwaitedHellos,
  ) {
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** @returns the port; 0 for a Unix socket. */
  async listen(options: ListenOptions): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(options, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const connection = {
      id: ++this.#connections,
      address: `${socket.remoteAddress ?? 'local'}:${socket.remotePort ?? 0}`,
    };
    const frames = new FrameReader();
    let previous = Promise.resolve();
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      try {
        for (const message of frames.push(chunk)) {
          previous = previous.then(() => this.#answer(socket, message, connection)).catch(() => void socket.destroy());
        }
      } catch {
        // Bytes that are no message: there is nobody to tell what is wrong, and nothing after them can be trusted.
        socket.destroy();
      }
    });
  }

  async #answer(socket: Socket, raw: Buffer, connection: Connection): Promise<void> {
    if (socket.destroyed) return;
    const opcode = raw.readInt32LE(12);
    if (opcode === Opcode.query) await this.#answerQuery(socket, parseQuery(raw), connection);
    else await this.#answerMsg(socket, parseMsg(raw), connection);
  }

  async #answerMsg(socket: Socket, message: Message, connection: Connection): Promise<void> {
    if (this.hellos.isAwaited(message)) {
      this.hellos.answer(socket, message, connection);
      return;
    }
    const reply = await this.#reply(message, connection);
    if ((message.flags & Flag.moreToCome) !== 0) return;
    await send(socket, msgReply(message.requestId, reply).message);
  }

  async #answerQuery(socket: Socket, message: Message, connection: Connection): Promise<void> {
    const isHello = /^(?:hello|ismaster)$/i.test(message.name);
    const refusal = new EngineError(352, 'UnsupportedOpQueryCommand', `Unsupported OP_QUERY command: ${message.name}`);
    const { body } = isHello ? await this.#reply(message, connection) : { body: errorBody(refusal) };
    await send(socket, queryReply(message.requestId, body));
  }

  async #reply(message: Message, connection: Connection): Promise<Reply> {
    try {
      return await this.run(message, connection);
    } catch (error) {
      if (error instanceof ConnectionDropError) throw error;
      return { body: errorBody(error) };
    }
  }
}

/** Waits for a client that reads more slowly than it is answered, so that its replies do not pile up. */
async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.write(bytes) || socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}
