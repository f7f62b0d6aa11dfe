import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { ArchiveIndexes } from '../../src/domain/archive/archive-indexes.js';
import { IndexMemory } from '../../src/domain/archive/index-memory.js';
import { WHOLE_ARCHIVE, type ArchiveView } from '../../src/domain/archive/archive-view.js';
import { createArchiveEntries } from '../../src/domain/archive/entries.js';
import { searchArchive, type ArchiveHit } from '../../src/domain/archive/search-archive.js';
import type { Needs } from '../../src/domain/needs.js';
import { FolderBlobStore } from '../../src/infra/embedded/folder-blob-store.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoArchiveStore } from '../../src/infra/mongo/mongo-archive-store.js';
import { MongoIndexObjectStore } from '../../src/infra/mongo/mongo-index-object-store.js';
import { openDocuments, type Documents } from './documents.js';

type ArchiveNeeds = Pick<
  Needs,
  'archive' | 'indexObjects' | 'blobs' | 'morphemes' | 'clock' | 'newId' | 'settings' | 'log' | 'users'
>;

/** What one process does with archives. */
export type ArchiveProcess = {
  readonly needs: ArchiveNeeds;
  readonly indexes: ArchiveIndexes;
  /** Of the indexes. */
  readonly memory: IndexMemory;
  save(ownerId: string, ...texts: Partial<SavedText>[]): Promise<string[]>;
  search(ownerId: string, query: string, view?: Partial<ArchiveView>): Promise<ArchiveHit[]>;
};

type SavedText = { category: string; title: string; summary: string; content: string; tags: string[] };

export type Archives = {
  readonly documents: Documents;
  /** A process on the same database; `override` wraps or replaces what it needs. */
  start(options?: {
    maxIndexBytes?: number;
    override?: (needs: ArchiveNeeds) => Partial<ArchiveNeeds>;
  }): ArchiveProcess;
  close(): Promise<void>;
};

/** Archives on the real store and the real analyzer. */
export async function openArchives(): Promise<Archives> {
  const documents = await openDocuments();
  const morphemes = new GaruAnalyzer();
  const clock = { now: () => new Date() };
  const archive = new MongoArchiveStore(documents.connection, clock);
  const indexObjects = new MongoIndexObjectStore(documents.connection);
  const dir = await mkdtemp(join(tmpdir(), 'tomato-objects-'));
  const addressKey = Buffer.alloc(32);
  const blobs = await FolderBlobStore.open({ dir, addressKey, publicUrl: null, clock, log: silentLog });
  await createIndexes(documents.connection);
  return {
    documents,
    start({ maxIndexBytes = 100_000_000, override = () => ({}) } = {}) {
      const settings = { archive: { maxEntriesPerUser: 10_000, maxBytesPerUser: 100_000_000 } };
      const common = {
        archive,
        indexObjects,
        blobs,
        morphemes,
        clock,
        newId,
        settings,
        log: silentLog,
      } as unknown as ArchiveNeeds;
      const needs = { ...common, ...override(common) };
      const memory = new IndexMemory(maxIndexBytes);
      const indexes = new ArchiveIndexes(needs, memory);
      return {
        needs,
        indexes,
        memory,
        async save(id, ...texts) {
          const filled = texts.map((text) => ({ ...NOTHING_SAID, ...text }));
          const entries = await createArchiveEntries(needs, { id, role: 'DEVELOPER' }, filled);
          return entries.map((entry) => entry.id);
        },
        search: (ownerId, query, view = {}) =>
          searchArchive({ needs, archiveIndexes: indexes, archiveVectors: null }, ownerId, query, {
            ...WHOLE_ARCHIVE,
            ...view,
          }),
      };
    },
    async close() {
      await morphemes.close();
      await documents.close();
      await rm(dir, { recursive: true });
    },
  };
}

const NOTHING_SAID = { category: 'code', title: 'untitled', summary: '', content: '', tags: [], sourceUrl: null };
