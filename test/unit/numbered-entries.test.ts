import { afterAll, beforeAll, expect, it } from 'vitest';
import { isId, newId } from '../../src/base/ids.js';
import { NumberedEntries } from '../../src/domain/archive-files/numbered-entries.js';
import { entryIdOf } from '../../src/domain/archive-files/entry-id.js';
import { openArchives, type Archives } from '../kit/archives.js';

let archives: Archives;
beforeAll(async () => {
  archives = await openArchives();
});
afterAll(() => archives.close());

const textOf = (title: string) => ({ category: 'doc', title, summary: '', content: title, tags: [], sourceUrl: null });

it('adds each entry once, whatever of it was added before by a job that was lost', async () => {
  const { needs } = archives.start();
  const owner = { id: newId('usr'), role: 'DEVELOPER' } as const;
  const jobId = newId('job');
  const texts = ['one', 'two', 'three', 'four'].map(textOf);
  const lost = new NumberedEntries(needs, owner, jobId, 0);
  await lost.add(texts.slice(0, 1));
  await lost.add(texts.slice(1, 3));

  const next = new NumberedEntries(needs, owner, jobId, 1);
  await next.add(texts.slice(1));

  const entries = await needs.archive.list(owner.id, { category: null, tag: null }, 10, null);
  expect(entries.map(({ title }) => title)).toEqual(['one', 'two', 'three', 'four']);
  expect(next.count).toBe(4);
});

it('knows an entry by an id that is like any other, and the same each time', () => {
  const jobId = newId('job');
  const ids = Array.from({ length: 1_000 }, (_, number) => entryIdOf(jobId, number));

  expect(ids.every((id) => isId('arc', id))).toBe(true);
  expect(ids.toSorted().toReversed()).toEqual(ids);
  expect(entryIdOf(jobId, 7)).toBe(ids[7]);
  expect(entryIdOf(newId('job'), 7)).not.toBe(ids[7]);
});
