import { Long, ObjectId } from 'bson';
import type { Socket } from 'node:net';
import { Flag, type Message } from './op-msg.js';
import { msgReply } from './reply.js';
import type { Connection } from './connection.js';
import type { Document } from '../values/types.js';

export type TopologyVersion = { processId: ObjectId; counter: Long };

/** Bounds of a wait, in milliseconds: with less, answers would follow each other without a pause; with more, a timer would not wait at all. */
const MIN_PATIENCE_MS = 10;
const MAX_PATIENCE_MS = 2 ** 31 - 1;

/**
 * The hello that waits: a driver that knows our state asks to be told of the next one, and is told the same again each time its
 * patience ends. It lets a driver see at once that the engine went away, and wait for the next instead of failing.
 */
export class AwaitedHellos {
  /** A new engine is a new process to the driver: what it knew is void. */
  readonly topologyVersion: TopologyVersion = { processId: new ObjectId(), counter: Long.ZERO };

  constructor(private readonly body: (name: string, connectionId: number, version: TopologyVersion) => Document) {}

  /** What a hello is answered with. */
  readonly hello = (name: string, { id }: Connection): Document => this.body(name, id, this.topologyVersion);

  isAwaited({ name, body }: Message): boolean {
    if (!/^(?:hello|ismaster)$/i.test(name) || !(Number(body.maxAwaitTimeMS) >= 0)) return false;
    const known = body.topologyVersion as { processId?: ObjectId } | undefined;
    return known?.processId?.equals(this.topologyVersion.processId) === true;
  }

  /** Answers when the wait is over; and again and again if the driver allows it, until the connection closes. */
  answer(socket: Socket, { name, body, requestId, flags }: Message, connection: Connection): void {
    const isStream = (flags & Flag.exhaustAllowed) !== 0;
    const patienceMs = Math.min(Math.max(Number(body.maxAwaitTimeMS), MIN_PATIENCE_MS), MAX_PATIENCE_MS);
    let responseTo = requestId;
    const timer = setInterval(() => {
      const reply = msgReply(responseTo, { body: this.hello(name, connection) }, isStream ? Flag.moreToCome : 0);
      socket.write(reply.message);
      responseTo = reply.requestId;
      if (!isStream) clearInterval(timer);
    }, patienceMs);
    timer.unref();
    socket.once('close', () => clearInterval(timer));
  }
}
