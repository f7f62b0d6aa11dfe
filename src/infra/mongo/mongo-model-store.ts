import { index, modelOptions, prop } from '@typegoose/typegoose';
import type { Connection } from 'mongoose';
import type { Model, ModelKind, ToolMode } from '../../domain/models/model.js';
import type { ModelChanges, ModelStore } from '../../domain/models/model-store.js';
import { unlessTaken } from './named-failures.js';
import { modelOf, withId, withUnderscoreId } from './record.js';

/** How a model lies in MongoDB. */
@modelOptions({ schemaOptions: { collection: 'models', versionKey: false } })
@index({ providerId: 1, name: 1 }, { unique: true })
class ModelRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  providerId!: string;

  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => String, required: true })
  displayName!: string;

  @prop({ type: () => String, required: true })
  kind!: ModelKind;

  @prop({ type: () => Boolean, required: true })
  isEnabled!: boolean;

  @prop({ type: () => String, required: true })
  toolMode!: ToolMode;

  @prop({ type: () => String, default: null })
  detectedToolMode!: ToolMode | null;

  @prop({ type: () => [String], default: [] })
  fallbackModelIds!: string[];

  @prop({ type: () => Number, default: null })
  contextWindow!: number | null;

  @prop({ type: () => Number, default: null })
  maxOutputTokens!: number | null;

  @prop({ type: () => Number, default: null })
  temperature!: number | null;

  @prop({ type: () => Number, required: true })
  firstByteTimeoutMs!: number;

  @prop({ type: () => Number, required: true })
  idleTimeoutMs!: number;

  @prop({ type: () => Number, default: null })
  inputPrice!: number | null;

  @prop({ type: () => Number, default: null })
  outputPrice!: number | null;

  @prop({ type: () => String, default: null })
  preset!: string | null;

  @prop({ type: () => Boolean, default: false })
  isWithdrawn!: boolean;

  @prop({ type: () => Date, required: true })
  createdAt!: Date;
}

/** Which model is the default of a kind: a place of its own, so that choosing another one is a single write. */
@modelOptions({ schemaOptions: { collection: 'default_models', versionKey: false } })
class DefaultModelRecord {
  @prop({ type: () => String, required: true })
  _id!: ModelKind;

  @prop({ type: () => String, required: true })
  modelId!: string;
}

export class MongoModelStore implements ModelStore {
  readonly #records;
  readonly #defaults;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, ModelRecord);
    this.#defaults = modelOf(connection, DefaultModelRecord);
  }

  insert(model: Model): Promise<boolean> {
    const { fallbackModelIds, ...rest } = withUnderscoreId(model);
    return unlessTaken(() => this.#records.create({ ...rest, fallbackModelIds: [...fallbackModelIds] }));
  }

  async find(id: string): Promise<Model | null> {
    const record = await this.#records.findById(id).lean();
    return record && withId(record);
  }

  async findMany(ids: readonly string[]): Promise<Model[]> {
    const records = await this.#records.find({ _id: { $in: ids } }).lean();
    return records.map(withId);
  }

  async findDefault(kind: ModelKind): Promise<Model | null> {
    const chosen = await this.#defaults.findById(kind).lean();
    return chosen && this.find(chosen.modelId);
  }

  async list(): Promise<Model[]> {
    const records = await this.#records.find().sort({ displayName: 1, _id: 1 }).lean();
    return records.map(withId);
  }

  async listOfProviders(providerIds: readonly string[]): Promise<Model[]> {
    const records = await this.#records
      .find({ providerId: { $in: providerIds } })
      .sort({ displayName: 1, _id: 1 })
      .lean();
    return records.map(withId);
  }

  update(id: string, changes: ModelChanges): Promise<boolean> {
    return unlessTaken(() => this.#records.updateOne({ _id: id }, { $set: changes }));
  }

  async setDefault(id: string, kind: ModelKind): Promise<void> {
    await this.#defaults.updateOne({ _id: kind }, { $set: { modelId: id } }, { upsert: true });
  }

  async delete(id: string): Promise<void> {
    await this.#records.deleteOne({ _id: id });
  }

  async deleteOfProvider(providerId: string): Promise<void> {
    await this.#records.deleteMany({ providerId });
  }
}
