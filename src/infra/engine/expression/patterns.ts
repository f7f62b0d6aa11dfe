import { Int32 } from 'bson';
import { located } from '../errors.js';
import { checkBounds } from '../values/bounds.js';
import type { Pattern } from '../values/pattern.js';
import { translateRegex } from '../values/regex.js';
import { codePoints } from '../values/strings.js';
import { isDocument, isNullish, isRegex, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import type { Operator, Operators } from './operator.js';

type Search = { readonly text: string; readonly pattern: Pattern } | undefined;

/** An operator of `{ input, regex, options }`; `search` is undefined where one of them is null or missing. */
const patternOperator =
  (apply: (search: Search) => Value): Operator =>
  (argument, { compile }, name) => {
    if (!isDocument(argument)) {
      throw located(51103, `${name} expects an object of named arguments but found: ${typeName(argument)}`);
    }
    const unknown = Object.keys(argument).find((part) => !['input', 'regex', 'options'].includes(part));
    if (unknown !== undefined) throw located(31024, `${name} found an unknown argument: ${unknown}`);
    if (!('input' in argument)) throw located(31022, `${name} requires 'input' parameter`);
    if (!('regex' in argument)) throw located(31023, `${name} requires 'regex' parameter`);
    const [input, regex, options] = [argument.input, argument.regex, argument.options].map((part) => compile(part));
    const compiled = cacheOfOne((source: Value, flags: Value) => compilePattern(source, flags, name));
    return (root, bindings) => {
      const text = input?.(root, bindings);
      if (!isNullish(text) && typeof text !== 'string') {
        throw located(51104, `${name} needs 'input' to be of type string`);
      }
      const matcher = compiled(regex?.(root, bindings), 'options' in argument ? options?.(root, bindings) : undefined);
      return apply(isNullish(text) || matcher === undefined ? undefined : { text, pattern: matcher });
    };
  };

/** Most patterns are constants, and need be compiled only once. */
function cacheOfOne<Result>(make: (source: Value, flags: Value) => Result): (source: Value, flags: Value) => Result {
  let last: { source: Value; flags: Value; result: Result } | undefined;
  return (source, flags) => {
    if (last === undefined || last.source !== source || last.flags !== flags)
      last = { source, flags, result: make(source, flags) };
    return last.result;
  };
}

function compilePattern(source: Value, flags: Value, name: string): Pattern | undefined {
  if (isNullish(source)) return undefined;
  if (!isNullish(flags) && typeof flags !== 'string') {
    throw located(51106, `${name} needs 'options' to be of type string`);
  }
  if (typeof source !== 'string' && !isRegex(source)) {
    throw located(51105, `${name} needs 'regex' to be of type string or regex`);
  }
  const regex = isRegex(source) ? source : { pattern: source, options: '' };
  const own = regex.options;
  if (own !== '' && typeof flags === 'string') {
    throw located(51107, `${name} found regex option(s) specified in both 'regex' and 'option' fields`);
  }
  const translated = translateRegex(regex.pattern, own || (flags ?? ''));
  if (typeof translated === 'string') throw located(51111, `Invalid Regex in ${name}: ${translated}`);
  return translated;
}

/** With the place in code points, and what the groups caught: null for those that had no part in it. */
function describe(match: RegExpExecArray, place: number): Document {
  return {
    match: match[0],
    idx: new Int32(place),
    captures: match.slice(1).map((capture: string | undefined) => capture ?? null),
  };
}

const placeIn = (text: string, from: number, to: number): number => codePoints(text.slice(from, to)).length;

function find(search: Search): Value {
  if (search === undefined) return null;
  const match = search.pattern.find(search.text);
  return match === null ? null : describe(match, placeIn(search.text, 0, match.index));
}

function findAll(search: Search): Value {
  if (search === undefined) return [];
  let index = 0;
  let place = 0;
  const found = search.pattern.findAll(search.text).map((match) => {
    place += placeIn(search.text, index, match.index);
    index = match.index;
    return describe(match, place);
  });
  return checkBounds(found);
}

export const PATTERNS: Operators = {
  $regexMatch: patternOperator((search) => search !== undefined && search.pattern.test(search.text)),
  $regexFind: patternOperator(find),
  $regexFindAll: patternOperator(findAll),
};
