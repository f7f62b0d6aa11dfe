import { ReplyError } from 'ioredis';
import { AppError } from '../../base/errors.js';

/** What Redis answers when it is there but cannot do its work now. Anything else that it refuses is a bug of ours. */
const CANNOT_NOW =
  /^(?:LOADING|BUSY|OOM|MISCONF|READONLY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|NOAUTH|WRONGPASS|ERR max number of clients) ?/;

/**
 * The reply, but what goes wrong between us and Redis is thrown as SERVICE_UNAVAILABLE.
 * Everything else passes as it is: it is a bug, and should look like one.
 */
export async function named<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    throw isOutage(error)
      ? new AppError('SERVICE_UNAVAILABLE', 'Redis does not answer.', { isRetryable: true }, { cause: error })
      : error;
  }
}

/** Whatever is not Redis' own answer comes from the connection: refused, lost, silent. */
function isOutage(error: unknown): boolean {
  return error instanceof Error && (!(error instanceof ReplyError) || CANNOT_NOW.test(error.message));
}
