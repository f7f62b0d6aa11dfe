import type { ArchiveStore } from '../archive-store.js';

/** The same store, which tells whose archive has changed. */
export function watchedArchive(store: ArchiveStore, onChange: (ownerId: string) => void): ArchiveStore {
  const watched: Pick<ArchiveStore, 'insert' | 'replace' | 'delete'> = {
    async insert(added, most) {
      const isAdded = await store.insert(added, most);
      const [first] = added;
      if (isAdded && first) onChange(first.entry.ownerId);
      return isAdded;
    },
    async replace(changed, most) {
      const outcome = await store.replace(changed, most);
      if (outcome === 'replaced') onChange(changed.entry.ownerId);
      return outcome;
    },
    async delete(ownerId, ids) {
      const deleted = await store.delete(ownerId, ids);
      if (deleted > 0) onChange(ownerId);
      return deleted;
    },
  };
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(name in watched ? watched : target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
