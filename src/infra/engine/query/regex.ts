import { BSONSymbol } from 'bson';
import type { BSONRegExp } from 'bson';
import { badValue, located } from '../errors.js';
import { equalValues } from '../values/compare.js';
import { isRegex } from '../values/types.js';
import type { Value } from '../values/types.js';
import type { Pattern } from '../values/pattern.js';
import { translateRegex } from '../values/regex.js';

/**
 * A pattern in PCRE's language, as JavaScript runs it.
 *
 * @throws {EngineError} 2 or 51091 for what is no pattern or options.
 */
export function compileRegex(pattern: Value, options: Value): Pattern {
  if (options !== undefined && typeof options !== 'string') throw badValue('$options has to be a string');
  if (typeof pattern === 'string') return build(pattern, options ?? '');
  if (!isRegex(pattern)) throw badValue('$regex has to be a string');
  if (options !== undefined && pattern.options !== '') throw located(51075, 'options set in both $regex and $options');
  return build(pattern.pattern, options ?? pattern.options);
}

function build(pattern: string, options: string): Pattern {
  const translated = translateRegex(pattern, options);
  if (typeof translated === 'string') throw located(51091, `Regular expression is invalid: ${translated}`);
  return translated;
}

/** Strings that match; and, where a stored pattern is looked for too, what equals that. */
export function compileRegexTest(regex: Pattern, same: BSONRegExp | undefined): (value: Value) => boolean {
  return (value) => {
    if (typeof value === 'string') return regex.test(value);
    if (value instanceof BSONSymbol) return regex.test(value.value);
    return same !== undefined && isRegex(value) && equalValues(value, same);
  };
}
