import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuse } from '../../src/domain/archive/ranking/fuse.js';
import { snippetOf } from '../../src/domain/archive/ranking/snippet.js';

const whole = (text: string) => ({ start: 0, end: text.length });

describe('a snippet', () => {
  it.each([
    ['리스트를 정렬하는 코드', ['리스트', '정렬'], '«리스트»를 «정렬»하는 코드'],
    ['메일을 다 지워 줘', ['지우'], '메일을 다 «지워» 줘'],
    ['관리자페이지의 로그인화면', ['페이지', '화면'], '관리자«페이지»의 로그인«화면»'],
    ['웹서버를 켠다', ['웹', '서버'], '«웹서버»를 켠다'],
    ['일이 많은 요일', ['일'], '«일»이 많은 요일'],
    ['이것은 일', ['일'], '이것은 «일»'],
    ['const getUserName = 1;', ['user'], 'const «getUserName» = 1;'],
    ['한 줄\n다음 줄', ['다음'], '한 줄 «다음» 줄'],
    ['아무것도 맞지 않는다', [], '아무것도 맞지 않는다'],
  ])('%s', (text, matchedWords, snippet) => {
    expect(snippetOf(text, whole(text), matchedWords)).toBe(snippet);
  });

  it('marks syllables that stand side by side, in a word and not across its end', () => {
    expect(snippetOf('김치찌개백반과 찌 개', whole('김치찌개백반과 찌 개'), [], ['찌개', '개백'])).toBe(
      '김치«찌개백»반과 찌 개',
    );
  });

  it('is cut out around what matched', () => {
    const text = `${'앞에 놓인 긴 글 '.repeat(40)}여기에서 파서를 만든다. ${'뒤에 놓인 긴 글 '.repeat(40)}`;

    const snippet = snippetOf(text, whole(text), ['파서']);

    expect(snippet).toMatch(/^….*여기에서 «파서»를 만든다\..*…$/);
    expect(snippet.length).toBeLessThanOrEqual(170);
  });

  it.each([150, 170])('is of a match too that is as long as it, or longer: %i syllables', (length) => {
    const match = '가나'.repeat(length / 2);
    const text = `${'앞에 놓인 긴 글 '.repeat(40)}${match} ${'뒤에 놓인 긴 글 '.repeat(40)}`;

    const snippet = snippetOf(text, whole(text), [], ['가나', '나가']);

    expect(snippet).toContain(`«${match.slice(0, 160)}»`);
    expect(snippet.length).toBeLessThanOrEqual(170);
  });

  it('says by dots that its piece is not the whole text, on either side', () => {
    const text = '하나 둘 셋';

    expect(snippetOf(text, { start: 3, end: 5 }, ['둘'])).toBe('…«둘» …');
    expect(snippetOf(text, { start: 0, end: 4 }, ['하나'])).toBe('«하나» 둘…');
    expect(snippetOf(text, { start: 3, end: text.length }, ['셋'])).toBe('…둘 «셋»');
  });

  it('marks the whole of words that overlap, whichever of them was told first', () => {
    expect(snippetOf('김치찌개', whole('김치찌개'), ['김치', '김치찌개', '치찌'])).toBe('«김치찌개»');
    expect(snippetOf('묵은김치찌개', whole('묵은김치찌개'), ['김치', '김치찌개'])).toBe('묵은«김치찌개»');
  });

  it('ends before a match that it has no room for', () => {
    const text = `정렬 ${'가 '.repeat(100)}정렬 끝`;

    const snippet = snippetOf(text, whole(text), ['정렬']);

    expect(snippet.match(/«/g)).toHaveLength(1);
    expect(snippet).toMatch(/^«정렬».*…$/);
    expect(snippet.length).toBeLessThanOrEqual(170);
  });

  it('reaches back where the match stands at the end of a long text', () => {
    const text = `${'앞에 놓인 긴 글 '.repeat(40)}파서`;

    expect(snippetOf(text, whole(text), ['파서']).length).toBeGreaterThan(120);
  });

  it('does not cut a character in two', () => {
    const text = `${'😀'.repeat(200)}x정렬${'😀'.repeat(200)}`;

    expect(snippetOf(text, whole(text), ['정렬'])).toMatch(/^…😀+x«정렬»😀+…$/u);
  });

  it('is a part of its text, whatever that is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 600 }),
        fc.array(fc.string({ maxLength: 4 })),
        (text, words) => {
          const plain = snippetOf(text, whole(text), words).replace(/[«»…]/g, '');

          expect(text.normalize('NFC').replace(/[«»…]/g, '').replace(/\s+/g, ' ')).toContain(plain.trim());
        },
      ),
    );
  });
});

describe('two lists become one', () => {
  const lexical = [
    { entryId: 'a', score: 0.8 },
    { entryId: 'b', score: 0.4 },
  ];

  it('by what each says of its best', () => {
    const vector = [
      { entryId: 'b', score: 0.9 },
      { entryId: 'c', score: 0.6 },
    ];

    expect(fuse(lexical, vector)).toEqual([
      { entryId: 'b', score: expect.closeTo(0.6 / 2 + 0.4, 9) },
      { entryId: 'a', score: expect.closeTo(0.6, 9) },
      { entryId: 'c', score: expect.closeTo((0.4 * 2) / 3, 9) },
    ]);
  });

  it('and the lexical one stays as it is where there are no vectors', () => {
    expect(fuse(lexical, [])).toEqual(lexical);
  });

  it('of equal entries the lower id first, whichever list they are in', () => {
    const twins = ['c', 'b', 'd'].map((entryId) => ({ entryId, score: 1 }));

    expect(fuse(twins, twins).map(({ entryId }) => entryId)).toEqual(['b', 'c', 'd']);
  });

  it('without those that are unlike what was asked, and those that no list says anything of', () => {
    const unlike = [
      { entryId: 'a', score: 0.5 },
      { entryId: 'b', score: -0.5 },
      { entryId: 'c', score: -0.1 },
      { entryId: 'd', score: 0 },
    ];

    expect(fuse(lexical, unlike)).toEqual([
      { entryId: 'a', score: expect.closeTo(1, 9) },
      { entryId: 'b', score: expect.closeTo(0.3, 9) },
    ]);
    expect(fuse([], [{ entryId: 'a', score: 0 }])).toEqual([]);
  });

  it('and the vectors alone where no word matched', () => {
    expect(fuse([], [{ entryId: 'c', score: 0.6 }]).map(({ entryId }) => entryId)).toEqual(['c']);
  });
});
