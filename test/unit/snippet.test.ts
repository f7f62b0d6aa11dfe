import { expect, it } from 'vitest';
import { snippetOf } from '../../src/domain/archive/snippet.js';

const entry = { title: '제목', summary: '', content: '' };

/** The snippet of a content that is one piece. */
const snippet = (content: string, query: string, matchedWords: string[] = [], more: Partial<typeof entry> = {}) =>
  snippetOf({ ...entry, ...more, content }, query, { piece: { start: 0, end: content.length }, matchedWords });

it('marks the words of the question, whatever ending they have there', () => {
  expect(snippet('리스트를 정렬하는 법', '리스트 정렬은')).toBe('«리스트»를 «정렬»하는 법');
});

it('marks what stands for a word of the question where the word itself is nowhere', () => {
  expect(snippet('use retry here', '리트라이', ['retry'])).toBe('use «retry» here');
  expect(snippet('sort(list)', '정렬', ['sort', '정렬'], { summary: '정렬 코드' })).toBe('«정렬» 코드');
});

it('takes the summary or the title where the content has no match', () => {
  expect(snippet('x = 1', '정렬', [], { summary: '정렬 코드' })).toBe('«정렬» 코드');
  expect(snippet('x = 1', '제목')).toBe('«제목»');
});

it('shows the passage without marks where it was found by less than a word', () => {
  expect(snippet('가나다라', '나라')).toBe('가나다라');
  expect(snippet('', '나라')).toBe('제목');
});

it('cuts a long passage to some words around the first match', () => {
  const found = snippet(`${'앞말 '.repeat(100)}여기에 찾던 낱말이 있다 ${'뒷말 '.repeat(100)}`, '낱말');

  expect(found).toMatch(/^…앞말 .*여기에 찾던 «낱말»이 있다 .*뒷말…$/);
  expect(found.length).toBeLessThanOrEqual(204);
});

it('cuts no character in two', () => {
  const found = snippet('😀'.repeat(300), 'x');

  expect(found.isWellFormed()).toBe(true);
  expect(found.endsWith('😀…')).toBe(true);
});

it('reads signs of patterns as what they are, and is one line', () => {
  expect(snippet('a.*b\n\n\tC++ (1+1)', 'C++', ['c++', '(1+1)', '.*'])).toBe('a«.*»b «C++» «(1+1)»');
});

it('shows the piece that was found, and nothing before it', () => {
  const content = 'first piece. second piece';

  expect(snippetOf({ ...entry, content }, 'piece', { piece: { start: 13, end: 25 }, matchedWords: [] })).toBe(
    'second «piece»',
  );
});
