import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { removeExpired } from '../../src/infra/engine/commands/expiry.js';
import { GroupCommit } from '../../src/infra/engine/store/group-commit.js';
import { Store } from '../../src/infra/engine/store/store.js';
import { emptyFolder, type OpenEngine, openTestEngine } from './kit.js';

type Numbered = { _id: number } & Record<string, unknown>;

describe('documents whose time is over', () => {
  it('are removed by a TTL index, the others and those without a date are not', async () => {
    const { removed, left } = await expireThings(async (things) => {
      await things.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
      await things.insertMany([
        { _id: 1, at: new Date(1000) },
        { _id: 2, at: new Date(100_000) },
        { _id: 3, at: 'yesterday' },
        { _id: 4, at: [new Date(500_000), new Date(2000)] },
        { _id: 5 },
      ]);
    });

    expect(removed).toBe(2);
    expect(left).toEqual([2, 3, 5]);
  });

  it('stay where a partial TTL index leaves them out', async () => {
    const { left } = await expireThings(async (things) => {
      const partialFilterExpression = { state: 'done' };
      const collation = { locale: 'en', strength: 2 };
      await things.createIndex({ at: 1 }, { expireAfterSeconds: 60, partialFilterExpression, collation });
      await things.insertMany([
        { _id: 1, at: new Date(1000), state: 'open' },
        { _id: 2, at: new Date(1000), state: 'Done' },
        { _id: 3, at: new Date(1000) },
        { _id: 4, at: new Date(100_000), state: 'done' },
      ]);
    });

    expect(left).toEqual([1, 3, 4]);
  });
});

/** What is left of a collection, and how many were removed, when 100 seconds have passed since 1970. */
async function expireThings(
  fill: (things: ReturnType<typeof numbered>) => Promise<void>,
): Promise<{ removed: number; left: unknown[] }> {
  const dir = await emptyFolder();
  const first = await openTestEngine({ dir });
  await fill(numbered(first));
  await first.close();
  const store = await Store.open({ dir, noSync: true });
  const removed = await removeExpired(new GroupCommit(store), new Date(100_000));
  await store.close();
  const second = await openTestEngine({ dir });
  const left = await numbered(second).distinct('_id');
  await second.close();
  await rm(dir, { recursive: true });
  return { removed, left };
}

const numbered = ({ db }: OpenEngine) => db.collection<Numbered>('things');
