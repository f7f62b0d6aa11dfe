import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { IndexObject, IndexObjectStore } from '../../src/domain/archive/index-object-store.js';

const early = new Date('2026-03-01T00:00:00Z');
const late = new Date('2026-03-01T01:00:00Z');

const objectOf = (changes: Partial<IndexObject> = {}): IndexObject => ({
  key: `archive-indexes/${newId('blob')}`,
  revision: 7,
  analyzerVersion: 'v1',
  bytes: 100,
  sha256: 'ab',
  ...changes,
});

export function pointsAtIndexObjects(open: () => IndexObjectStore): void {
  describe('what points at kept indexes', () => {
    let store: IndexObjectStore;
    let ada: string;
    beforeEach(() => {
      store = open();
      ada = newId('usr');
    });

    it('points at what was published, each owner at their own', async () => {
      const object = objectOf();

      expect(await store.find(ada)).toBeNull();
      expect(await store.publish(ada, object, early)).toBe(true);

      expect(await store.find(ada)).toEqual(object);
      expect(await store.find(newId('usr'))).toBeNull();
    });

    it('points at later revisions and at other analyzers only, and remembers what it no longer points at', async () => {
      const [first, later, other] = [
        objectOf(),
        objectOf({ revision: 8 }),
        objectOf({ revision: 3, analyzerVersion: 'v2' }),
      ];
      await store.publish(ada, first, early);

      expect(await store.publish(ada, objectOf(), early)).toBe(false);
      expect(await store.publish(ada, objectOf({ revision: 6 }), early)).toBe(false);
      expect(await store.publish(ada, later, early)).toBe(true);
      expect(await store.publish(ada, other, late)).toBe(true);

      expect(await store.find(ada)).toEqual(other);
      expect(await store.listLoose(ada, late)).toEqual([first.key]);
      expect(await store.listLoose(ada, new Date(late.getTime() + 1))).toEqual([first.key, later.key]);
    });

    it('remembers what was to be written and never came', async () => {
      const [lost, written] = [objectOf(), objectOf()];
      await store.announce(ada, lost.key, early);
      await store.announce(ada, written.key, early);
      await store.publish(ada, written, early);

      expect(await store.listLoose(ada, late)).toEqual([lost.key]);
      await store.forget(ada, [lost.key, 'unknown']);
      expect(await store.listLoose(ada, late)).toEqual([]);
      expect(await store.find(ada)).toEqual(written);
    });

    it('takes back what it points at, but not what has come in its place', async () => {
      const [first, second] = [objectOf(), objectOf({ revision: 8 })];
      await store.publish(ada, first, early);
      await store.publish(ada, second, early);

      await store.withdraw(ada, first.key, early);
      expect(await store.find(ada)).toEqual(second);
      await store.withdraw(ada, second.key, early);

      expect(await store.find(ada)).toBeNull();
      expect(await store.listLoose(ada, late)).toEqual([first.key, second.key]);
    });

    it('loses nothing where many change it at once, and points at the latest revision', async () => {
      const objects = Array.from({ length: 12 }, (_, n) => objectOf({ revision: n }));

      await Promise.all(
        objects.map(async (object) => {
          await store.announce(ada, object.key, early);
          await store.publish(ada, object, early);
        }),
      );

      expect(await store.find(ada)).toEqual(objects.at(-1));
      const loose = (await store.listLoose(ada, late)).toSorted();
      expect(loose).toEqual(
        objects
          .slice(0, -1)
          .map(({ key }) => key)
          .toSorted(),
      );
    });
  });
}
