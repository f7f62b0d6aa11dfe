import { deserialize, serialize } from 'bson';
import { open } from 'lmdb';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Sample, sample, type Subject } from './subject.js';

/** The same documents and indexes by hand: no protocol, no filter, no types; what the disk and LMDB alone can do. */
export function lmdbSubject(dir: string): Subject {
  mkdirSync(dir, { recursive: true });
  const lmdb = open<Buffer, string>({ path: join(dir, 'data.mdb'), encoding: 'binary', overlappingSync: false });
  const commit = groupCommit((work) => lmdb.transactionSync(work));
  const put = (document: Sample): void => {
    const { _id: id, key, owner, at, state } = document;
    lmdb.putSync(`d:${id}`, Buffer.from(serialize(document)));
    lmdb.putSync(`k:${key}`, Buffer.from(id));
    lmdb.putSync(ownerKey(owner, at, id), Buffer.from(id));
    lmdb.putSync(`s:${state}:${id}`, Buffer.from(id));
  };
  const read = (id: string): Sample => {
    const raw = lmdb.get(`d:${id}`);
    if (raw === undefined) throw new Error('a document that was put is not there');
    return deserialize(raw) as Sample;
  };
  return {
    insertMany: (from, count) =>
      commit(() => {
        for (let i = from; i < from + count; i++) put(sample(i));
      }),
    async findById(i) {
      read(sample(i)._id);
    },
    async findByKey(i) {
      read(String(lmdb.get(`k:key-${i}`)));
    },
    async newestOf(owner) {
      const start = `o:${String(owner).padStart(6, '0')}:~`;
      const newest = lmdb.getRange({ start, end: start.slice(0, -1), reverse: true, limit: 20 });
      for (const { value } of newest) read(String(value));
    },
    update: (i) =>
      commit(() => {
        const document = read(sample(i)._id);
        lmdb.removeSync(`s:${document.state}:${document._id}`);
        put({ ...document, state: `changed-${i % 7}` });
      }),
    async scan() {
      for (const { value } of lmdb.getRange({ start: 'd:', end: 'd;' })) {
        if ((deserialize(value) as Sample).text === 'not there') throw new Error('found what was never put');
      }
    },
    async close() {
      await lmdb.close();
    },
  };
}

const ownerKey = (owner: number, at: Date, id: string): string =>
  `o:${String(owner).padStart(6, '0')}:${at.getTime()}:${id}`;

/** One transaction for all that one turn of the event loop brings, as the engine does it. */
function groupCommit(transact: (work: () => void) => void): (work: () => void) => Promise<void> {
  let queue: { work: () => void; done: () => void }[] = [];
  const flush = (): void => {
    const writes = queue;
    queue = [];
    transact(() => {
      for (const { work } of writes) work();
    });
    for (const { done } of writes) done();
  };
  return (work) =>
    new Promise((done) => {
      if (queue.length === 0) setImmediate(flush);
      queue.push({ work, done });
    });
}
