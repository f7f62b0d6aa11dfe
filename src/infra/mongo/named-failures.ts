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

/** Makes a write. Returns the key of the unique index that refuses it, if one does. */
export async function keyThatRefuses(
  write: () => PromiseLike<unknown>,
): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    await write();
    return null;
  } catch (error) {
    const key = duplicateKeyOf(error);
    if (!key) throw error;
    return key;
  }
}

/** Whether the write was made: false if a unique index refused it. */
export async function unlessTaken(write: () => PromiseLike<unknown>): Promise<boolean> {
  return (await keyThatRefuses(write)) === null;
}

/** What a connection that breaks under a command throws, where the driver passes it on as it is. */
const BROKEN_CONNECTION: ReadonlySet<unknown> = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT']);

/** Whether the connection broke under a command: nobody knows then whether it was carried out. */
export function isConnectionLost(error: unknown): boolean {
  return (
    error instanceof mongo.MongoNetworkError ||
    (error instanceof Error && BROKEN_CONNECTION.has((error as NodeJS.ErrnoException).code))
  );
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A bulk write wraps whatever stopped it.
  if (error instanceof mongo.MongoBulkWriteError && isOutage(error.errorResponse)) return true;
  return (
    isConnectionLost(error) ||
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
