import { S3Error } from 'minio';
import { AppError } from '../../base/errors.js';

/** S3 has answered, but not as we hoped. */
export class UnexpectedAnswer extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(`S3 answered ${status}: ${/<Code>(?<code>\w+)<\/Code>/.exec(text)?.groups?.['code'] ?? 'no reason'}`);
    this.name = 'UnexpectedAnswer';
  }
}

/**
 * What `work` gives, but a failure of the object store or of the way to it is thrown as SERVICE_UNAVAILABLE, a refusal of our keys included:
 * only the operator can do something about that. Failures with a name, and bugs, pass as they are.
 */
export async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw nameOf(error);
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof S3Error && (error.code === 'NoSuchKey' || error.code === 'NotFound');
}

/** As {@link named} throws it. */
export function nameOf<E>(error: E): E | AppError {
  if (!isOutage(error)) return error;
  const details = { isRetryable: true };
  return new AppError('SERVICE_UNAVAILABLE', 'The object store does not answer.', details, { cause: error });
}

function isOutage(error: unknown): boolean {
  const isBug = error instanceof TypeError || error instanceof RangeError;
  return error instanceof Error && !isBug && !(error instanceof AppError);
}
