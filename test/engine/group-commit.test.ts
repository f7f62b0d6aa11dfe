import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { GroupCommit } from '../../src/infra/engine/store/group-commit.js';
import type { Store } from '../../src/infra/engine/store/store.js';

/** Counts transactions instead of making them. */
function counted() {
  const transactions: number[] = [];
  const store = {
    transaction<T>(work: () => T): T {
      transactions.push(0);
      return work();
    },
  } as unknown as Store;
  const commit = new GroupCommit(store);
  const write = () => commit.write(() => void (transactions[transactions.length - 1]! += 1));
  return { transactions, write };
}

it('joins what one turn of the event loop brings, and what the next one does', async () => {
  const { transactions, write } = counted();

  const writes = [write(), write()];
  await nextTurn();
  writes.push(write());
  await Promise.all(writes);

  expect(transactions).toEqual([3]);
});

it('does not wait for what comes after that', async () => {
  const { transactions, write } = counted();

  await write();
  await write();

  expect(transactions).toEqual([1, 1]);
});
