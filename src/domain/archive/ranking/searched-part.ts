import type { Part } from '../index/part.js';
import { findTerm } from '../index/segment.js';

/** A part of the index during one search, which asks for the same terms again and again. */
export type SearchedPart = {
  readonly part: Part;
  /** The term's number in the part's segment; -1 if it does not have it. */
  numberOf(term: string): number;
};

export function searchedPart(part: Part): SearchedPart {
  const numbers = new Map<string, number>();
  const numberOf = (term: string): number => {
    const known = numbers.get(term);
    if (known !== undefined) return known;
    const number = findTerm(part.segment, term);
    numbers.set(term, number);
    return number;
  };
  return { part, numberOf };
}
