import type { Operators } from './operator.js';
import { ARITHMETIC } from './arithmetic.js';
import { ARRAYS } from './arrays.js';
import { COMPARISONS } from './comparisons.js';
import { CONDITIONS } from './conditions.js';
import { ITERATIONS } from './iterations.js';
import { OBJECTS } from './objects.js';
import { SETS } from './sets.js';
import { STRINGS } from './strings.js';
import { SUMMARIES } from './summaries.js';

/** Every expression that the engine knows, by name. All else is refused. */
export const OPERATORS: Operators = {
  ...ARITHMETIC,
  ...ARRAYS,
  ...COMPARISONS,
  ...CONDITIONS,
  ...ITERATIONS,
  ...OBJECTS,
  ...SETS,
  ...STRINGS,
  ...SUMMARIES,
};
