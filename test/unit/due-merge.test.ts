import { expect, it } from 'vitest';
import { buildSegment } from '../../src/domain/archive/index/build-segment.js';
import { isMergeDue, smallestDue } from '../../src/domain/archive/index/due-merge.js';
import { partOf, type Part } from '../../src/domain/archive/index/part.js';

/** Of one entry with so many pieces. */
function part(pieces: number): Part {
  const piece = { start: 0, end: 1, terms: '', counts: [] };
  const tokens = { version: '', pieces: Array.from({ length: pieces }, () => piece) };
  const steps = buildSegment([{ id: 'a', category: 'note', tags: [], tokens }]);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return partOf(step.value);
  }
}

const sizes = (parts: readonly Part[]): number[] => parts.map(({ segment }) => segment.pieceCount);

/** Merges whatever is due, and tells how many pieces that took in all. */
function tidy(parts: Part[]): number {
  let merged = 0;
  for (let at = smallestDue(parts); at >= 0; at = smallestDue(parts)) {
    const pieces = sizes(parts.slice(at, at + 2)).reduce((sum, size) => sum + size, 0);
    parts.splice(at, 2, part(pieces));
    merged += pieces;
  }
  return merged;
}

it('many equal parts become one, each piece merged no more often than they can be halved', () => {
  const parts = Array.from({ length: 64 }, () => part(3));

  expect(tidy(parts)).toBe(64 * 3 * 6);
  expect(sizes(parts)).toEqual([64 * 3]);
});

it('parts of which each is twice the next stay as they are, until more than half of one is deleted', () => {
  const parts = [part(12), part(6), part(1)];
  expect(smallestDue(parts)).toBe(-1);

  parts[1] = partOf(part(6).segment, Uint8Array.of(1));
  expect(isMergeDue(parts, 1)).toBe(true);
  expect(smallestDue(parts)).toBe(1);
});
