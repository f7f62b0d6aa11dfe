import { randomUUID } from 'node:crypto';
import type { Bell, Topic } from '../../domain/bell.js';
import type { RedisConnection } from './connect-redis.js';

type Connection = Pick<RedisConnection, 'commands' | 'subscriber' | 'prefix'>;

/**
 * A bell that is heard in every process. Who listens in this process hears it at once, and even without Redis.
 *
 * A listener is rung once when its subscription begins to count, and again whenever it does after a lost connection: it may have missed a ring.
 */
export class RedisBell implements Bell {
  readonly #redis: Connection;
  /** What we publish as, so that our own rings are not heard twice. */
  readonly #self = randomUUID();
  readonly #local: Bell;
  readonly #prefix: string;
  readonly #listeners = new Map<Topic, number>();

  /** @param local Carries rings within this process. */
  constructor(redis: Connection, local: Bell) {
    this.#redis = redis;
    this.#local = local;
    this.#prefix = `${redis.prefix}bell:`;
    redis.subscriber.on('message', (channel, sender) => this.#hear(channel, sender));
    redis.subscriber.on('ready', () => this.#subscribe([...this.#listeners.keys()]));
  }

  ring(topic: Topic): void {
    this.#local.ring(topic);
    const { commands } = this.#redis;
    if (commands.status === 'ready') commands.publish(this.#prefix + topic, this.#self).catch(lost);
  }

  listen(topic: Topic, onRing: () => void): () => void {
    const unlisten = this.#local.listen(topic, onRing);
    const count = this.#listeners.get(topic) ?? 0;
    this.#listeners.set(topic, count + 1);
    if (count === 0) this.#subscribe([topic]);
    let isListening = true;
    return () => {
      if (!isListening) return;
      isListening = false;
      unlisten();
      this.#leave(topic);
    };
  }

  #leave(topic: Topic): void {
    const count = this.#listeners.get(topic) ?? 0;
    if (count > 1) {
      this.#listeners.set(topic, count - 1);
      return;
    }
    this.#listeners.delete(topic);
    const { subscriber } = this.#redis;
    if (subscriber.status === 'ready') subscriber.unsubscribe(this.#prefix + topic).catch(lost);
  }

  /** Without a connection it does nothing: all topics are subscribed to when there is one. */
  #subscribe(topics: readonly Topic[]): void {
    const { subscriber } = this.#redis;
    if (topics.length === 0 || subscriber.status !== 'ready') return;
    const ringAll = () => {
      for (const topic of topics) this.#local.ring(topic);
    };
    subscriber.subscribe(...topics.map((topic) => this.#prefix + topic)).then(ringAll, lost);
  }

  #hear(channel: string, sender: string): void {
    if (sender !== this.#self) this.#local.ring(channel.slice(this.#prefix.length) as Topic);
  }
}

/** Rings may be lost. What keeps Redis from answering is reported by its connection, which begins again and then subscribes to everything. */
function lost(): void {}
