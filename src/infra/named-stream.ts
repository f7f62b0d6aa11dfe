import { finished, PassThrough, type Readable } from 'node:stream';

/**
 * The same bytes, but what cuts `content` off is given its name. Destroy it to let go of `content`.
 *
 * @param nameOf What is thrown instead of an error; the same if it has no other name.
 */
export function namedStream(content: Readable, nameOf: (error: Error) => Error): Readable {
  const passed = new PassThrough();
  // One that fails before anybody reads keeps its error for whoever does, and ends no process.
  passed.on('error', () => {});
  passed.once('close', () => content.destroy());
  finished(content, (error) => {
    if (error) passed.destroy(nameOf(error));
  });
  return content.pipe(passed);
}
