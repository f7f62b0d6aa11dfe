import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { HeldIndexes } from '../../src/domain/archive/held-indexes.js';
import { IndexMemory } from '../../src/domain/archive/index-memory.js';

it('changes an index by one at a time, in the order in which they came, also after one that fails; those of other owners meanwhile', async () => {
  const held = new HeldIndexes(new IndexMemory(100), 'words', () => ({}));
  const seen: string[] = [];
  const change = (ownerId: string, name: string) =>
    held.inTurn(ownerId, async () => {
      seen.push(`${name} begins`);
      await nextTurn();
      seen.push(`${name} ends`);
      if (name === 'first') throw new Error('no');
    });

  const [first] = await Promise.allSettled([change('ada', 'first'), change('ada', 'second'), change('bob', "bob's")]);

  expect(first.status).toBe('rejected');
  const ofAda = seen.filter((line) => !line.startsWith('bob'));
  expect(ofAda).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect(seen.indexOf("bob's begins")).toBeLessThan(seen.indexOf('first ends'));
});

it('counts an index that was let go of while it was worked on no more, nor in the place of the one that is made anew', () => {
  const memory = new IndexMemory(100);
  const held = new HeldIndexes(memory, 'words', () => ({}));
  const before = held.use('ada');
  const others = held.use('bob');
  held.weigh('ada', before, 10);
  held.weigh('bob', others, 95);

  held.weigh('ada', before, 50);
  expect(memory.byteLength).toBe(95);
  const anew = held.use('ada');
  held.weigh('ada', before, 50);

  expect(anew).not.toBe(before);
  expect(memory.byteLength).toBe(95);
});

it('keeps indexes of several kinds in one memory, each counted for itself', () => {
  const memory = new IndexMemory(100);
  const [words, vectors] = ['words', 'vectors'].map((kind) => new HeldIndexes(memory, kind, () => ({ kind })));

  words!.weigh('ada', words!.use('ada'), 10);
  vectors!.weigh('ada', vectors!.use('ada'), 20);

  expect([words!.use('ada'), vectors!.use('ada')]).toEqual([{ kind: 'words' }, { kind: 'vectors' }]);
  expect(memory.byteLength).toBe(30);
});
