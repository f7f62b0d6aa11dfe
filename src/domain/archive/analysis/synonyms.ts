import { englishStem } from './code-terms.js';
import { CODE_SYNONYMS } from './synonyms-of-code.js';
import { LIFE_SYNONYMS } from './synonyms-of-life.js';

const NONE: ReadonlySet<string> = new Set();

const NEAR = readGroups(CODE_SYNONYMS + LIFE_SYNONYMS);

/** The words that may stand for `word`, which is a lemma or a Latin word in lower case, with or without its ending: the index has settings as setting, and setting as set. Empty if none is known. */
export function synonymsOf(word: string): ReadonlySet<string> {
  return NEAR.get(word) ?? NONE;
}

/**
 * A line is a group; a verb stands as its stem, as the morpheme analyzer tells it (지우 for 지우다). A word may stand in several
 * groups: it is then near to each of them, and they are not near to one another.
 */
function readGroups(groups: string): Map<string, Set<string>> {
  const near = new Map<string, Set<string>>();
  for (const line of groups.split('\n')) {
    const words = line
      .split(' ')
      .filter((word) => word !== '')
      .flatMap((word) => [word, englishStem(word)]);
    for (const word of words) {
      const others = near.get(word) ?? new Set();
      for (const other of words) if (other !== word) others.add(other);
      near.set(word, others);
    }
  }
  return near;
}
