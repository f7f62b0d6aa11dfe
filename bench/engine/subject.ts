/** What is measured: the same work, done by the engine and by plain LMDB. */
export type Subject = {
  /** Inserts documents `from`, `from + 1`, …; when it is done they are on the disk. */
  insertMany(from: number, count: number): Promise<void>;
  findById(i: number): Promise<void>;
  findByKey(i: number): Promise<void>;
  /** The 20 newest documents of an owner, by an index on owner and time. */
  newestOf(owner: number): Promise<void>;
  /** Changes a field that is indexed. */
  update(i: number): Promise<void>;
  /** Reads all documents, and finds few. */
  scan(): Promise<void>;
  close(): Promise<void>;
};

export type Sample = { _id: string; key: string; owner: number; at: Date; state: string; text: string };

const TEXT = 'x'.repeat(880);

/** 1,024 bytes of BSON or little more or less. */
export const sample = (i: number): Sample => ({
  _id: `doc_${String(i).padStart(12, '0')}`,
  key: `key-${i}`,
  owner: i % 1000,
  at: new Date(1_700_000_000_000 + i),
  state: i % 10 === 0 ? 'open' : 'closed',
  text: TEXT,
});
