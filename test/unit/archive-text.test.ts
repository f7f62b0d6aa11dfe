import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { codeTerms, englishStem } from '../../src/domain/archive/analysis/code-terms.js';
import { cutPieces } from '../../src/domain/archive/analysis/cut-pieces.js';
import { inOtherLayout } from '../../src/domain/archive/analysis/keyboard.js';
import { isSameLoanWord } from '../../src/domain/archive/analysis/loan-words.js';
import { isMisspelling, misspellingKeys } from '../../src/domain/archive/analysis/misspellings.js';
import { readText } from '../../src/domain/archive/analysis/read-text.js';
import { textTerms, tokensOf } from '../../src/domain/archive/analysis/text-terms.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';

const analyzer = new GaruAnalyzer();
afterAll(() => analyzer.close());

const termsOf = async (text: string): Promise<string[]> => (await textTerms(analyzer, text)).map(({ term }) => term);

describe('a text is taken apart', () => {
  it('into Korean words, codes inside of them standing as one letter, and the codes', () => {
    expect(readText('Date로 바꾸는 C++ 코드, /etc/nginx.conf 를 漢字로.')).toEqual({
      codes: ['Date', 'C++', 'etc/nginx.conf'],
      words: ['A로', '바꾸는', '코드,', '를', '로.'],
      ideographs: ['漢字'],
    });
  });

  it('and full-width letters read as plain ones', () => {
    expect(readText('ＡＢＣ１').codes).toEqual(['ABC1']);
  });
});

describe('an identifier is found by its parts', () => {
  it.each([
    ['getUserName', ['getusername', 'get', 'user', 'name']],
    ['get_user_name', ['get', 'user', 'name', 'getusername']],
    ['parseHTTPResponse2', ['parsehttpresponse2', 'parse', 'http', 'response', '2']],
    ['C++', ['c++']],
    ['C#', ['c#']],
    ['v1.24.3', ['v1', 'v', '1', '24', '3', '1.24.3']],
    ['etc/nginx/conf.d', ['etc', 'nginx', 'conf', 'd']],
    ['$', []],
  ])('%s', (code, terms) => {
    expect(codeTerms(code)).toEqual(terms);
  });

  it.each([
    ['retries', 'retry'],
    ['running', 'run'],
    ['sorted', 'sort'],
    ['classes', 'class'],
    ['status', 'status'],
    ['string', 'string'],
  ])('an English word without its ending: %s', (word, stem) => {
    expect(englishStem(word)).toBe(stem);
  });
});

describe('Korean words give', () => {
  it('nouns without particles, and verbs by their stem', async () => {
    const terms = await termsOf('리스트를 정렬하는 코드를 지웠다');

    expect(terms).toEqual(expect.arrayContaining(['m리스트', 'm정렬', 'm코드', 'm지우']));
    expect(terms).not.toContain('m를');
  });

  it('bigrams, across spaces too', async () => {
    const terms = await termsOf('정렬 코드');

    expect(terms.filter((term) => term.startsWith('b'))).toEqual(['b정렬', 'b코드', 'b렬코']);
  });

  it('a foreign word as one that the analyzer takes apart', async () => {
    expect(await termsOf('리트라이')).toContain('m리트라이');
  });
});

describe('tokens', () => {
  it('are told as often as they occur', async () => {
    expect(await tokensOf(analyzer, 'retry retry 정렬')).toEqual(['iretry', 'iretry', 'm정렬', 'b정렬']);
  });

  it('are told once each when that is asked for', async () => {
    expect(await tokensOf(analyzer, 'retry retry 정렬', { isDistinct: true })).toEqual(['iretry', 'm정렬', 'b정렬']);
  });
});

describe('any text', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 200 });
  const korean = fc
    .array(fc.constantFrom('정렬', '하는', ' ', 'getUser', '값을', 'C++', '\n', '漢', 'é', 'ㅋ', '각', '.'), {
      maxLength: 60,
    })
    .map((parts) => parts.join(''));

  it('is analyzed without a failure, lone surrogates and all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, korean, fc.string({ unit: 'binary', maxLength: 100 })), async (any) => {
        for (const term of await termsOf(any)) expect(term).toMatch(/^[mib]\S+$/);
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same terms in each normal form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, korean), async (any) => {
        expect(await termsOf(any.normalize('NFD'))).toEqual(await termsOf(any.normalize('NFC')));
      }),
      { numRuns: 100 },
    );
  });

  it('is cut into pieces that make it up, none of them long, and no character in two', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 5_000 }), (any) => {
        const pieces = cutPieces(any);

        expect(pieces.map(({ start, end }) => any.slice(start, end)).join('')).toBe(any);
        expect(Math.max(...pieces.map(({ start, end }) => end - start))).toBeLessThanOrEqual(1_200);
        expect(pieces.every(({ start, end }) => any.slice(start, end).isWellFormed())).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the keyboard in the wrong language', () => {
  it.each([
    ['wjdfuf', '정렬'],
    ['rjator', '검색'],
    ['dlfrrl', '읽기'],
    ['ㄱㄷㅅㄱㅛ', 'retry'],
    ['ㄴㅐㄱㅅ', 'sort'],
  ])('%s was meant as %s', (typed, meant) => {
    expect(inOtherLayout(typed)).toBe(meant);
  });

  it.each(['retry', 'data', 'sort', '정렬', 'ㅋㅋㅋ', ''])('%s was meant as it is', (typed) => {
    expect(inOtherLayout(typed)).toBeNull();
  });
});

describe('a foreign word in both scripts', () => {
  it.each([
    ['리트라이', 'retry'],
    ['커밋', 'commit'],
    ['브랜치', 'branch'],
    ['데이터베이스', 'database'],
    ['트랜잭션', 'transaction'],
    ['마이그레이션', 'migration'],
    ['미들웨어', 'middleware'],
    ['컨테이너', 'container'],
    ['디렉토리', '디렉터리'],
  ])('%s is %s', (a, b) => {
    expect(isSameLoanWord(a, b)).toBe(true);
  });

  it.each([
    ['정렬', 'general'],
    ['검색', 'gimsek'],
    ['사용', 'than'],
    ['코드', 'cat'],
    ['변환', '반환'],
  ])('%s is not %s', (a, b) => {
    expect(isSameLoanWord(a, b)).toBe(false);
  });
});

describe('a misspelled word', () => {
  it.each([
    ['정럴', '정렬'],
    ['재거', '제거'],
    ['쿠버내티스', '쿠버네티스'],
    ['페이지내이션', '페이지네이션'],
    ['retyr', 'retry'],
    ['conection', 'connection'],
    ['dijsktra', 'dijkstra'],
  ])('%s may be %s, and shares a key with it', (typed, word) => {
    const keys = new Set(misspellingKeys(word));

    expect(isMisspelling(typed, word)).toBe(true);
    expect(misspellingKeys(typed).some((key) => keys.has(key))).toBe(true);
  });

  it.each([
    ['경기', '경고'],
    ['정렬', '검색'],
    ['sort', 'port'],
  ])('%s is not %s', (typed, word) => {
    expect(isMisspelling(typed, word)).toBe(false);
  });
});
