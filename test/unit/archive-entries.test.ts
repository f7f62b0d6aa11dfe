import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { MorphemeAnalyzer } from '../../src/domain/archive/analysis/morpheme-analyzer.js';
import { createArchiveEntries } from '../../src/domain/archive/entries.js';
import { openArchives, type Archives } from '../kit/archives.js';

let archives: Archives;
beforeAll(async () => {
  archives = await openArchives();
});
afterAll(() => archives.close());

it('analyses one entry of a user at a time, so that who saves many does not keep others waiting', async () => {
  const [ada, bob] = [newId('usr'), newId('usr')];
  let working = 0;
  const most = { ada: 0, both: 0 };
  const analyzer = (who: 'ada' | 'both'): MorphemeAnalyzer => ({
    version: 'counting',
    async morphemesOf() {
      working += 1;
      most[who] = Math.max(most[who], working);
      await nextTurn();
      working -= 1;
      return [];
    },
  });
  const { needs } = archives.start();
  const save = (id: string, who: 'ada' | 'both') =>
    createArchiveEntries({ ...needs, morphemes: analyzer(who) }, { id, role: 'DEVELOPER' }, [
      { category: 'doc', title: '글', summary: '', content: '정렬 코드', tags: [], sourceUrl: null },
    ]);

  await Promise.all(Array.from({ length: 5 }, () => save(ada, 'ada')));
  await Promise.all([ada, ada, bob, bob].map((id) => save(id, 'both')));

  expect(most).toEqual({ ada: 1, both: 2 });
});
