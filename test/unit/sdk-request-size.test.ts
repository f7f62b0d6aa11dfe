import { expect, it } from 'vitest';
import { MAX_REQUEST_BYTES } from '../../src/api/execution/limits.js';
import { requireSmallEnough } from '../../src/sdk/request-size.js';

it('counts bytes, of which a character may take several', () => {
  const fits = `${'가'.repeat(Math.floor(MAX_REQUEST_BYTES / 3))}x`;
  const tooLarge = { bytes: MAX_REQUEST_BYTES + 1, limit: MAX_REQUEST_BYTES };

  expect(() => requireSmallEnough(fits)).not.toThrow();
  expect(() => requireSmallEnough(`${fits}x`)).toThrow(
    expect.objectContaining({
      code: 'LIMIT_EXCEEDED',
      message: 'A request has at most 256 KiB.',
      details: tooLarge,
    }),
  );
});
