import { mongo } from 'mongoose';
import { AppError } from '../../base/errors.js';

const OUT_OF_DISK_SPACE = 14_031;

/**
 * The same store, but what goes wrong between us and the database is thrown as SERVICE_UNAVAILABLE.
 * Everything else passes as it is: it is a bug, and should look like one.
 */
export function withNamedFailures<Store extends object>(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        try {
          return await member.apply(target, args);
        } catch (error) {
          if (!isOutage(error)) throw error;
          const what = isDiskFull(error) ? 'The database cannot write just now.' : 'The database does not answer.';
          throw new AppError('SERVICE_UNAVAILABLE', what, { isRetryable: true }, { cause: error });
        }
      };
    },
  });
}

/** Whether a unique index refused a write, and which. Keys are those of the index, such as `{ userName: 1 }`. */
export function duplicateKeyOf(error: unknown): Readonly<Record<string, unknown>> | null {
  if (!(error instanceof mongo.MongoServerError) || error.code !== 11_000) return null;
  return error['keyPattern'] as Record<string, unknown>;
}

/** Whether the write was made: false if a unique index refused it. */
export async function unlessTaken(write: () => PromiseLike<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (duplicateKeyOf(error)) return false;
    throw error;
  }
}

/** What a connection that breaks under a command throws, where the driver passes it on as it is. */
const BROKEN_CONNECTION: ReadonlySet<unknown> = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT']);

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A bulk write wraps whatever stopped it.
  if (error instanceof mongo.MongoBulkWriteError && isOutage(error.errorResponse)) return true;
  return (
    BROKEN_CONNECTION.has((error as NodeJS.ErrnoException).code) ||
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoOperationTimeoutError ||
    error instanceof mongo.MongoWriteConcernError ||
    error.name === 'MongooseServerSelectionError' ||
    isDiskFull(error) ||
    (error instanceof mongo.MongoServerError && error.hasErrorLabel('RetryableWriteError'))
  );
}

function isDiskFull(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === OUT_OF_DISK_SPACE;
}
