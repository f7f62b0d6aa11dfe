import { expect, it } from 'vitest';
import { pauseAfter } from '../../src/sdk/patience.js';

it('does not pause for who has left already', async () => {
  const left = AbortSignal.abort(new Error('left'));

  await expect(Promise.race([pauseAfter(undefined, 9, left), Promise.resolve('pausing')])).rejects.toThrow('left');
});
