import { index, modelOptions, prop } from '@typegoose/typegoose';
import type { Connection } from 'mongoose';
import type { Provider, ProviderProtocol } from '../../domain/models/model.js';
import type { SealedKey } from '../../domain/models/key-vault.js';
import type { ProviderChanges, ProviderStore } from '../../domain/models/provider-store.js';
import { unlessTaken } from './named-failures.js';
import { modelOf, withId, withUnderscoreId } from './record.js';

/** How a provider lies in MongoDB. Its key leaves the database only where it is asked for by name. */
@modelOptions({ schemaOptions: { collection: 'providers', versionKey: false } })
@index({ name: 1 }, { unique: true })
@index({ preset: 1 }, { unique: true, partialFilterExpression: { preset: { $type: 'string' } } })
class ProviderRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => String, required: true })
  protocol!: ProviderProtocol;

  @prop({ type: () => String, required: true })
  baseUrl!: string;

  @prop({ type: () => Boolean, required: true })
  hasApiKey!: boolean;

  @prop({ type: () => String, default: null, select: false })
  sealedKey!: SealedKey | null;

  @prop({ type: () => Boolean, required: true })
  isEnabled!: boolean;

  @prop({ type: () => String, default: null })
  preset!: string | null;

  @prop({ type: () => Boolean, default: false })
  isWithdrawn!: boolean;

  @prop({ type: () => Date, required: true })
  createdAt!: Date;
}

export class MongoProviderStore implements ProviderStore {
  readonly #records;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, ProviderRecord);
  }

  insert(provider: Provider, key: SealedKey | null): Promise<boolean> {
    return unlessTaken(() => this.#records.create({ ...withUnderscoreId(provider), ...keyFields(key) }));
  }

  async find(id: string): Promise<Provider | null> {
    const record = await this.#records.findById(id).lean();
    return record && withId(record);
  }

  async findMany(ids: readonly string[]): Promise<Provider[]> {
    const records = await this.#records.find({ _id: { $in: ids } }).lean();
    return records.map(withId);
  }

  async findWithKey(id: string): Promise<{ provider: Provider; key: SealedKey | null } | null> {
    const record = await this.#records.findById(id).select('+sealedKey').lean();
    if (!record) return null;
    const { sealedKey, ...fields } = record;
    return { provider: withId(fields), key: sealedKey };
  }

  async list(): Promise<Provider[]> {
    const records = await this.#records.find().sort({ name: 1 }).lean();
    return records.map(withId);
  }

  update(id: string, changes: ProviderChanges, key?: SealedKey | null): Promise<boolean> {
    const fields = { ...changes, ...(key === undefined ? {} : keyFields(key)) };
    return unlessTaken(() => this.#records.updateOne({ _id: id }, { $set: fields }));
  }

  async delete(id: string): Promise<void> {
    await this.#records.deleteOne({ _id: id });
  }
}

const keyFields = (key: SealedKey | null) => ({ sealedKey: key, hasApiKey: key !== null });
