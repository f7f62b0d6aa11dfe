import { expect, it } from 'vitest';
import { hitSnippet } from '../../src/domain/archive/hit-snippet.js';

const entry = { title: '제목', summary: '', content: '' };

/** Of an entry whose content is one piece. */
const snippet = (fields: Partial<typeof entry>, query: string, matchedWords: string[], matchedPairs: string[] = []) => {
  const { content = '' } = fields;
  const piece = { start: 0, end: content.length };
  return hitSnippet({ ...entry, ...fields }, query, { piece, matchedWords, matchedPairs });
};

it('shows the content where the match is there', () => {
  const fields = { content: '리스트를 정렬하는 법', summary: '정렬 코드' };

  expect(snippet(fields, '정렬은', ['정렬'])).toBe('리스트를 «정렬»하는 법');
});

it('shows the summary or the title where the content does not have it', () => {
  expect(snippet({ content: 'x = 1', summary: '정렬 코드' }, '정렬', ['정렬'])).toBe('«정렬» 코드');
  expect(snippet({ content: 'x = 1' }, '제목', ['제목'])).toBe('«제목»');
  expect(snippet({ content: '« Bonjour »', summary: '인사말' }, '인사말', ['인사말'])).toBe('«인사말»');
});

it('prefers what was asked to what stands for it', () => {
  const fields = { content: 'sort(list)', summary: '정렬 코드' };

  expect(snippet(fields, '정렬', ['sort', '정렬'])).toBe('«정렬» 코드');
  expect(snippet(fields, '소트', ['sort'])).toBe('«sort»(list)');
});

it('knows what was asked in capitals, or in letters that are not composed', () => {
  expect(snippet({ content: 'list.order()', summary: 'sort code' }, 'SORT', ['order', 'sort'])).toBe('«sort» code');
  const fields = { content: 'sort(list)', summary: '정렬 코드' };
  expect(snippet(fields, '정렬'.normalize('NFD'), ['sort', '정렬'])).toBe('«정렬» 코드');
});

it('shows the syllables that agree where no word does', () => {
  expect(snippet({ content: 'x = 1', summary: '김치찌개 끓이기' }, '찌개', [], ['찌개'])).toBe('김치«찌개» 끓이기');
  expect(snippet({ content: '찌개와 정렬' }, '찌개 정렬', ['정렬'], ['찌개', '정렬'])).toBe('찌개와 «정렬»');
});

it('shows the beginning without marks where nothing can be pointed at', () => {
  expect(snippet({ content: '가나다라' }, '나라', [])).toBe('가나다라');
  expect(snippet({ content: ' \n ' }, '나라', [])).toBe('제목');
  expect(snippet({ title: '' }, '나라', [])).toBe('');
});
