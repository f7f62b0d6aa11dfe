import { modelOptions, prop, Severity } from '@typegoose/typegoose';
import mongoose, { type Connection } from 'mongoose';
import type { IndexObject, IndexObjectStore } from '../../domain/archive/index-object-store.js';
import { unlessTaken } from './named-failures.js';
import { modelOf } from './record.js';

const { Mixed } = mongoose.Schema.Types;

type LooseRow = { key: string; at: Date };

/** One document an archive, each state of which follows from the one before. */
@modelOptions({
  schemaOptions: { collection: 'archiveIndexes', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
class IndexObjectRecord {
  /** The owner's id. */
  @prop({ type: () => String, required: true })
  _id!: string;

  /** One more with each change. */
  @prop({ type: () => Number, required: true })
  version!: number;

  @prop({ type: () => Mixed, default: null })
  current!: IndexObject | null;

  @prop({ type: () => Mixed, required: true })
  loose!: LooseRow[];
}

type State = Pick<IndexObjectRecord, 'current' | 'loose'>;

export class MongoIndexObjectStore implements IndexObjectStore {
  readonly #records;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, IndexObjectRecord);
  }

  async find(ownerId: string): Promise<IndexObject | null> {
    const record = await this.#records.findById(ownerId).select({ current: 1 }).lean();
    return record?.current ?? null;
  }

  async announce(ownerId: string, key: string, at: Date): Promise<void> {
    await this.#change(ownerId, ({ current, loose }) => ({ current, loose: [...loose, { key, at }] }));
  }

  publish(ownerId: string, object: IndexObject, at: Date): Promise<boolean> {
    return this.#change(ownerId, ({ current, loose }) => {
      const isAsNew = current?.analyzerVersion === object.analyzerVersion && current.revision >= object.revision;
      if (isAsNew) return null;
      const others = loose.filter(({ key }) => key !== object.key);
      return { current: object, loose: current ? [...others, { key: current.key, at }] : others };
    });
  }

  async withdraw(ownerId: string, key: string, at: Date): Promise<void> {
    await this.#change(ownerId, ({ current, loose }) =>
      current?.key === key ? { current: null, loose: [...loose, { key, at }] } : null,
    );
  }

  async listLoose(ownerId: string, before: Date): Promise<string[]> {
    const record = await this.#records.findById(ownerId).select({ loose: 1 }).lean();
    return (record?.loose ?? []).filter(({ at }) => at < before).map(({ key }) => key);
  }

  async forget(ownerId: string, keys: readonly string[]): Promise<void> {
    await this.#change(ownerId, ({ current, loose }) => ({
      current,
      loose: loose.filter(({ key }) => !keys.includes(key)),
    }));
  }

  /** Tries again where another process was faster by a moment. Returns false if `next` wants no change. */
  async #change(ownerId: string, next: (state: State) => State | null): Promise<boolean> {
    for (;;) {
      const before = await this.#records.findById(ownerId).lean();
      const state = next(before ?? { current: null, loose: [] });
      if (state === null) return false;
      const version = (before?.version ?? 0) + 1;
      if (before === null) {
        if (await unlessTaken(() => this.#records.create({ _id: ownerId, version, ...state }))) return true;
        continue;
      }
      const { matchedCount } = await this.#records.updateOne(
        { _id: ownerId, version: before.version },
        { $set: { version, ...state } },
      );
      if (matchedCount === 1) return true;
    }
  }
}
