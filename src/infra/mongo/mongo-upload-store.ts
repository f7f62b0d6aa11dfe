import { index, modelOptions, prop } from '@typegoose/typegoose';
import type { Connection } from 'mongoose';
import type { Upload, UploadPurpose } from '../../domain/uploads/upload.js';
import type { UploadStore } from '../../domain/uploads/upload-store.js';
import { modelOf, withId, withUnderscoreId } from './record.js';

/** How an upload lies in MongoDB. */
@modelOptions({ schemaOptions: { collection: 'uploads', versionKey: false } })
@index({ ownerId: 1 })
@index({ createdAt: 1 })
class UploadRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  ownerId!: string;

  @prop({ type: () => String, required: true })
  purpose!: UploadPurpose;

  @prop({ type: () => String, required: true })
  fileName!: string;

  @prop({ type: () => String, required: true })
  mediaType!: string;

  @prop({ type: () => Number, required: true })
  bytes!: number;

  @prop({ type: () => String, required: true })
  key!: string;

  @prop({ type: () => String, default: null })
  jobId!: string | null;

  @prop({ type: () => Date, required: true })
  createdAt!: Date;
}

export class MongoUploadStore implements UploadStore {
  readonly #records;

  constructor(connection: Connection) {
    this.#records = modelOf(connection, UploadRecord);
  }

  /** Added, then counted: of several at once that do not fit together, each sees the others. */
  async insert(upload: Upload, most: { readonly files: number; readonly bytes: number }): Promise<boolean> {
    await this.#records.create(withUnderscoreId(upload));
    const [kept] = await this.#records.aggregate<{ files: number; bytes: number }>([
      { $match: { ownerId: upload.ownerId, bytes: { $gt: 0 } } },
      { $group: { _id: null, files: { $sum: 1 }, bytes: { $sum: '$bytes' } } },
    ]);
    if (kept && kept.files <= most.files && kept.bytes <= most.bytes) return true;
    await this.delete(upload.id);
    return false;
  }

  async find(id: string): Promise<Upload | null> {
    const record = await this.#records.findById(id).lean();
    return record && withId(record);
  }

  async take(id: string, jobId: string): Promise<string | null> {
    await this.#records.updateOne({ _id: id, jobId: null }, { $set: { jobId } });
    const record = await this.#records.findById(id).select({ jobId: 1 }).lean();
    return record && record.jobId;
  }

  async empty(id: string): Promise<void> {
    await this.#records.updateOne({ _id: id }, { $set: { bytes: 0 } });
  }

  async listCreatedBefore(before: Date, limit: number, except: readonly string[]): Promise<Upload[]> {
    const records = await this.#records
      .find({ createdAt: { $lt: before }, _id: { $nin: except } })
      .sort({ createdAt: 1 })
      .limit(limit)
      .lean();
    return records.map(withId);
  }

  async delete(id: string): Promise<void> {
    await this.#records.deleteOne({ _id: id });
  }
}
