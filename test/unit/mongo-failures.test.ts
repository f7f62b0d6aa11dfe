import { mongo } from 'mongoose';
import { expect, it } from 'vitest';
import { withNamedFailures } from '../../src/infra/mongo/named-failures.js';

const diskFull = new mongo.MongoServerError({ message: 'the disk is full', code: 14_031 });

it.each([
  ['a full disk', diskFull, 'The database cannot write just now.'],
  ['a lost connection', new mongo.MongoNetworkError('gone'), 'The database does not answer.'],
])('names %s as what it is', async (_what, cause, message) => {
  const store = withNamedFailures({ write: () => Promise.reject(cause) });

  const failure: unknown = await store.write().catch((error: unknown) => error);

  expect(failure).toMatchObject({ code: 'SERVICE_UNAVAILABLE', message, details: { isRetryable: true }, cause });
});

it('leaves a bug a bug', async () => {
  const bug = new mongo.MongoServerError({ message: 'unknown operator', code: 9 });
  const store = withNamedFailures({ write: () => Promise.reject(bug) });

  await expect(store.write()).rejects.toBe(bug);
});
