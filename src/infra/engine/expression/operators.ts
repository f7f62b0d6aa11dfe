import type { Operators } from './operator.js';
import { ARITHMETIC } from './arithmetic.js';
import { ARRAYS } from './arrays.js';
import { COMPARISONS } from './comparisons.js';
import { CONDITIONS } from './conditions.js';
import { CONVERSION_OPERATORS } from './conversions.js';
import { DATE_ARITHMETIC } from './dates/date-arithmetic.js';
import { DATE_PARTS } from './dates/date-parts.js';
import { DATE_STRINGS } from './dates/date-strings.js';
import { ITERATIONS } from './iterations.js';
import { META } from './meta.js';
import { OBJECTS } from './objects.js';
import { PATTERNS } from './patterns.js';
import { SETS } from './sets.js';
import { STRINGS } from './strings.js';
import { SUMMARIES } from './summaries.js';

/** Every expression that the engine knows, by name. All else is refused. */
export const OPERATORS: Operators = {
  ...ARITHMETIC,
  ...ARRAYS,
  ...COMPARISONS,
  ...CONDITIONS,
  ...CONVERSION_OPERATORS,
  ...DATE_ARITHMETIC,
  ...DATE_PARTS,
  ...DATE_STRINGS,
  ...ITERATIONS,
  ...META,
  ...OBJECTS,
  ...PATTERNS,
  ...SETS,
  ...STRINGS,
  ...SUMMARIES,
};
