import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { expect, it } from 'vitest';
import type { Results } from '../../src/api/execution/operation.js';
import { sendResults } from '../../src/api/socket/send-results.js';

/** Results without an end, and whether they were let go. */
function endless() {
  const source = { isOpen: true };
  async function* count(): Results {
    try {
      for (let number = 1; ; number++) yield { data: { number } };
    } finally {
      source.isOpen = false;
    }
  }
  return { source, results: count() };
}

it('lets the results go where one of them cannot be sent', async () => {
  const { source, results } = endless();
  const failure = new Error('too deep to be written');

  const sending = sendResults(results, () => {
    throw failure;
  });

  await expect(sending.next()).rejects.toBe(failure);
  expect(source.isOpen).toBe(false);
});

it('sends the next result only when there is room for it', async () => {
  const { results } = endless();
  const sent: ExecutionResult[] = [];
  let makeRoom = () => {};
  const sending = sendResults(results, (result) => {
    sent.push(result);
    return new Promise((resolve) => (makeRoom = resolve));
  });

  void sending.next();
  await nextTurn();
  expect(sent).toEqual([{ data: { number: 1 } }]);
  makeRoom();
  await nextTurn();

  expect(sent).toEqual([{ data: { number: 1 } }, { data: { number: 2 } }]);
});

it('sends nothing more, and does not end, once its reader has left while a result waited for room', async () => {
  const { source, results } = endless();
  const sent: ExecutionResult[] = [];
  let makeRoom = () => {};
  const sending = sendResults(results, (result) => {
    sent.push(result);
    return new Promise((resolve) => (makeRoom = resolve));
  });
  let hasEnded = false;
  void sending.next().then(() => (hasEnded = true));
  await nextTurn();

  await sending.return();
  makeRoom();
  await nextTurn();

  expect({ sent, hasEnded, isOpen: source.isOpen }).toEqual({
    sent: [{ data: { number: 1 } }],
    hasEnded: false,
    isOpen: false,
  });
});
