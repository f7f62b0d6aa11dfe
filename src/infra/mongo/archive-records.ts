import { index, modelOptions, prop, Severity } from '@typegoose/typegoose';
import mongoose from 'mongoose';
import type { StoredTokens } from '../../domain/archive/analysis/analyze-entry.js';
import type { ArchiveEntry } from '../../domain/archive/archive-entry.js';
import type { SearchableEntry } from '../../domain/archive/archive-store.js';
import type { IndexedEntry } from '../../domain/archive/index/build-segment.js';
import { bytesIn } from './record.js';

const { Mixed, ObjectId } = mongoose.Schema.Types;
export type ObjectId = mongoose.Types.ObjectId;

/** How an entry lies in MongoDB. */
@modelOptions({ schemaOptions: { collection: 'archiveEntries', versionKey: false } })
@index({ ownerId: 1, _id: -1 })
@index({ ownerId: 1, category: 1, _id: -1 })
@index({ ownerId: 1, tags: 1, _id: -1 })
export class ArchiveEntryRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  ownerId!: string;

  @prop({ type: () => String, required: true })
  category!: string;

  @prop({ type: () => String, required: true })
  title!: string;

  @prop({ type: () => String, default: '' })
  summary!: string;

  @prop({ type: () => String, default: '' })
  content!: string;

  @prop({ type: () => [String], required: true })
  tags!: string[];

  @prop({ type: () => String, default: null })
  sourceUrl!: string | null;

  @prop({ type: () => Number, required: true })
  version!: number;

  @prop({ type: () => Date, required: true })
  createdAt!: Date;

  @prop({ type: () => Date, required: true })
  updatedAt!: Date;

  /** Of the content. */
  @prop({ type: () => Number, required: true })
  bytes!: number;

  /** The tokens that belong to this text. */
  @prop({ type: () => ObjectId, required: true })
  tokensId!: ObjectId;
}

/** A piece as it is kept: its counts are a byte each. */
export type PieceRow = { start: number; end: number; terms: string; counts: Buffer };

/** What an entry is found by, apart from the entry, so that an index is built without reading any content. */
@modelOptions({
  schemaOptions: { collection: 'archiveTokens', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
@index({ ownerId: 1, entryId: 1 })
export class ArchiveTokensRecord {
  @prop({ type: () => ObjectId, required: true })
  _id!: ObjectId;

  @prop({ type: () => String, required: true })
  ownerId!: string;

  @prop({ type: () => String, required: true })
  entryId!: string;

  @prop({ type: () => String, required: true })
  category!: string;

  @prop({ type: () => [String], required: true })
  tags!: string[];

  /** Of the analyzer. */
  @prop({ type: () => String, required: true })
  version!: string;

  @prop({ type: () => Mixed, required: true })
  pieces!: PieceRow[];
}

/** A change that has begun: with what it has counted already for its entries, so that whoever ends it can tell what to correct. */
export type UnsettledRow = { id: ObjectId; entryIds: string[]; entries: number; bytes: number; at: Date };

/** What is known of a user's archive as a whole: one document, so that each step of a change is atomic. */
@modelOptions({
  schemaOptions: { collection: 'archives', versionKey: false, minimize: false },
  options: { allowMixed: Severity.ALLOW },
})
export class ArchiveRecord {
  /** The owner's id. */
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => Number, required: true })
  revision!: number;

  @prop({ type: () => Number, required: true })
  entries!: number;

  @prop({ type: () => Number, required: true })
  bytes!: number;

  /** The ids that each of the last changes touched; the last of them led to `revision`. */
  @prop({ type: () => Mixed, required: true })
  changes!: string[][];

  @prop({ type: () => Mixed, required: true })
  unsettled!: UnsettledRow[];
}

export const bytesOf = (content: string): number => Buffer.byteLength(content, 'utf8');

export function toEntryRecord({ entry }: SearchableEntry, tokensId: ObjectId): ArchiveEntryRecord {
  const { id, tags, ...fields } = entry;
  return { _id: id, ...fields, tags: [...tags], bytes: bytesOf(entry.content), tokensId };
}

export function toEntry({ _id, bytes: _bytes, tokensId: _tokensId, ...fields }: ArchiveEntryRecord): ArchiveEntry {
  return { id: _id, ...fields };
}

export function toTokensRecord({ entry, tokens }: SearchableEntry, tokensId: ObjectId): ArchiveTokensRecord {
  const { id, ownerId, category, tags } = entry;
  return { _id: tokensId, ownerId, entryId: id, category, tags: [...tags], ...toTokenFields(tokens) };
}

export function toTokenFields({ version, pieces }: StoredTokens): Pick<ArchiveTokensRecord, 'version' | 'pieces'> {
  return { version, pieces: pieces.map((piece) => ({ ...piece, counts: Buffer.from(piece.counts) })) };
}

export function toStoredTokens({ version, pieces }: Pick<ArchiveTokensRecord, 'version' | 'pieces'>): StoredTokens {
  return { version, pieces: pieces.map((piece) => ({ ...piece, counts: [...bytesIn(piece.counts)] })) };
}

export function toIndexed({ entryId, category, tags, ...tokens }: ArchiveTokensRecord): IndexedEntry {
  return { id: entryId, category, tags, tokens: toStoredTokens(tokens) };
}
