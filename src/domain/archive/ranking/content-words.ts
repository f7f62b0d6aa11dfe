import type { Query } from '../analysis/analyze-query.js';
import { morphemeTerm } from '../analysis/korean-terms.js';

/** By these anything is asked for: they say how somebody asks, and not what for. */
const ASKING: ReadonlySet<string> = new Set(
  [
    '방법 사용법 코드 예제 예시 함수 구현 사용 작성 처리 메모 노트 문서 글 자료 내용 정보 설명 정리 관련 부분',
    'a an and code example for function how in my of on or snippet the to use what with',
  ]
    .join(' ')
    .split(' '),
);

/** So a request begins, which the analyzer may take for a noun: 알려줘, 보여주세요. */
const REQUEST = /^(?:알려|보여|찾아|가르쳐|만들어|해[줘주])/;

/** Verbs and what only joins words say less than this. */
const NOUN_WEIGHT = 1;

/** The words of a question that say what it is about: Korean ones with a noun in them, Latin ones and identifiers. */
export function contentWordsOf({ terms, words }: Query): string[] {
  const nouns = [...terms].filter(([term, weight]) => weight >= NOUN_WEIGHT && term.startsWith(morphemeTerm('')));
  const told = nouns.map(([term]) => term.slice(1)).filter((noun) => !ASKING.has(noun));
  const codes = [...terms.keys()].filter((term) => term.startsWith('i')).map((term) => term.slice(1));
  return [
    ...words.filter((word) => !REQUEST.test(word) && told.some((noun) => word.includes(noun))),
    ...codes.filter((code) => !ASKING.has(code)),
  ];
}
