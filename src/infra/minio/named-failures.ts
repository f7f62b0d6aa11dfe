import { finished, PassThrough, type Readable } from 'node:stream';
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

/** The same bytes, but what cuts `content` off is named as {@link named} does. Destroy it to let go of `content`. */
export function namedStream(content: Readable): Readable {
  const passed = new PassThrough();
  // One that fails before anybody reads keeps its error for whoever does, and ends no process.
  passed.on('error', () => {});
  passed.once('close', () => content.destroy());
  finished(content, (error) => {
    if (error) passed.destroy(nameOf(error));
  });
  return content.pipe(passed);
}

export function isMissing(error: unknown): boolean {
  return error instanceof S3Error && (error.code === 'NoSuchKey' || error.code === 'NotFound');
}

function nameOf<E>(error: E): E | AppError {
  if (!isOutage(error)) return error;
  const details = { isRetryable: true };
  return new AppError('SERVICE_UNAVAILABLE', 'The object store does not answer.', details, { cause: error });
}

function isOutage(error: unknown): boolean {
  const isBug = error instanceof TypeError || error instanceof RangeError;
  return error instanceof Error && !isBug && !(error instanceof AppError);
}
