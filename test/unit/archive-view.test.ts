import { expect, it } from 'vitest';
import { narrowView, WHOLE_ARCHIVE, type ArchiveView } from '../../src/domain/archive/archive-view.js';
import { refusal } from '../kit/accounts.js';

const VIEW: ArchiveView = { categories: ['code', 'doc'], tags: ['team'], topK: 5, minScore: 0.2 };

it('narrows what may be seen to what is asked for', () => {
  expect(narrowView(WHOLE_ARCHIVE, { category: 'code', tags: ['x'], topK: 3, minScore: 0.5 })).toEqual({
    categories: ['code'],
    tags: ['x'],
    topK: 3,
    minScore: 0.5,
  });
  expect(narrowView(VIEW, {})).toEqual(VIEW);
  expect(narrowView(VIEW, { category: null, topK: null, minScore: null })).toEqual(VIEW);
});

it('never lets anybody see more than may be seen', () => {
  expect(narrowView(VIEW, { category: 'secret', tags: ['x'], topK: 50, minScore: 0.1 })).toEqual({
    categories: [],
    tags: ['team', 'x'],
    topK: 5,
    minScore: 0.2,
  });
});

it('refuses what cannot be a category', async () => {
  await refusal('INVALID_INPUT', (async () => narrowView(VIEW, { category: '$ne' }))());
});
