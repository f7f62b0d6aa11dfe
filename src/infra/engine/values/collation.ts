import { badValue } from '../errors.js';
import { toDouble } from './numbers.js';
import { compareStrings } from './strings.js';
import { isNumber } from './types.js';
import type { Document, Value } from './types.js';

/** How strings are compared where a command asks for more than the order of their bytes. */
export type Collation = {
  compare(this: void, left: string, right: string): number;
  /** Two strings are equal under the collation when, and only when, their keys are the same. */
  key(this: void, text: string): string;
};

type Strength = 1 | 2 | 3;

/** Undefined for the simple collation: strings are compared by their bytes. */
export function compileCollation(spec: Document | undefined): Collation | undefined {
  if (spec === undefined || Object.keys(spec).length === 0) return undefined;
  if (typeof spec.locale !== 'string') throw badValue("Field 'locale' is required and must be a string in a collation");
  if (spec.locale === 'simple') return undefined;
  const strength = strengthOf(spec.strength);
  const isNumeric = spec.numericOrdering === true;
  const collator = makeCollator(spec, spec.locale, strength, isNumeric);
  const fold = strength === 3 ? (text: string) => text.normalize('NFC') : makeFold(collator, spec.caseLevel === true);
  const key = isNumeric ? (text: string) => fold(text).replace(/(?<!\d)0+(?=\d)/g, '') : fold;
  return {
    key,
    compare(left, right) {
      const a = key(left);
      const b = key(right);
      return a === b ? 0 : collator.compare(a, b) || compareStrings(a, b);
    },
  };
}

function makeCollator(spec: Document, locale: string, strength: Strength, isNumeric: boolean): Intl.Collator {
  const name = locale === 'root' ? 'und' : locale.replaceAll('_', '-');
  try {
    if (name !== 'und' && Intl.Collator.supportedLocalesOf(name).length === 0) throw new RangeError('unknown locale');
    return new Intl.Collator(name, {
      sensitivity: strength === 3 ? 'variant' : strength === 2 ? 'accent' : spec.caseLevel === true ? 'case' : 'base',
      numeric: isNumeric,
      caseFirst: spec.caseFirst === 'upper' || spec.caseFirst === 'lower' ? spec.caseFirst : 'false',
      ignorePunctuation: spec.alternate === 'shifted',
    });
  } catch {
    throw badValue(`Field 'locale' is invalid in: { locale: "${locale}" }`);
  }
}

/** Levels 4 and 5 only break ties of level 3, which the bytes do here. */
function strengthOf(value: Value): Strength {
  if (value === undefined) return 3;
  const strength = typeof value === 'number' ? value : isNumber(value) ? toDouble(value) : Number.NaN;
  if (strength === 1 || strength === 2) return strength;
  if (strength === 3 || strength === 4 || strength === 5) return 3;
  throw badValue("Enumeration value for field 'strength' in a collation must be between 1 and 5");
}

/** Each character by the plainest one that the collator takes for the same. */
function makeFold(collator: Intl.Collator, keepsCase: boolean): (text: string) => string {
  const known = new Map<string, string>();
  const foldCharacter = (character: string): string => {
    let folded = known.get(character);
    if (folded !== undefined) return folded;
    const bare = character.normalize('NFD').replace(/\p{M}/gu, '');
    const candidates = keepsCase ? [bare] : [bare.toLowerCase(), character.toLowerCase(), bare];
    folded = candidates.find((candidate) => collator.compare(candidate, character) === 0) ?? character;
    known.set(character, folded);
    return folded;
  };
  return (text) => {
    let out = '';
    for (const character of text.normalize('NFC')) out += foldCharacter(character);
    return out;
  };
}
