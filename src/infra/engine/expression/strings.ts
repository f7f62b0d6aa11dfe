import { BSONSymbol, Int32 } from 'bson';
import { located } from '../errors.js';
import { checkLength } from '../values/bounds.js';
import { integerOf, toDouble } from '../values/numbers.js';
import { codePoints, compareStrings } from '../values/strings.js';
import { isDocument, isNullish, isNumber, typeName } from '../values/types.js';
import type { Value } from '../values/types.js';
import { binary, unary, variadic } from './operator.js';
import type { Operator, Operators } from './operator.js';

/** As a text where strings are wanted but other simple values will do. @throws 16007 for all else. */
function textOf(value: Value, name: string): string {
  if (isNullish(value)) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (isNumber(value)) return value.toString();
  if (value instanceof BSONSymbol) return value.value;
  throw located(16007, `can't convert from BSON type ${typeName(value)} to String in ${name}`);
}

function concat(values: readonly Value[]): Value {
  let text = '';
  for (const value of values) {
    if (isNullish(value)) return null;
    if (typeof value !== 'string') throw located(16702, `$concat only supports strings, not ${typeName(value)}`);
    checkLength(text.length + value.length);
    text += value;
  }
  return text;
}

/** Only A to Z change, as in mongod. */
const toLower = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
const toUpper = (text: string): string => text.replace(/[a-z]+/g, (part) => part.toUpperCase());

/** By bytes of UTF-8. @throws 28656, 28657 when that would cut a character. */
function substrBytes(values: readonly Value[], name: string): Value {
  const [value, start, count] = values;
  const bytes = Buffer.from(textOf(value, name));
  if (!isNumber(start)) {
    throw located(16034, `${name}: starting index must be a numeric type (is BSON type ${typeName(start)})`);
  }
  if (!isNumber(count)) {
    throw located(16035, `${name}: length must be a numeric type (is BSON type ${typeName(count)})`);
  }
  const from = Math.trunc(toDouble(start));
  const length = Math.trunc(toDouble(count));
  if (from < 0) throw located(50752, `${name}: starting index must be non-negative (got: ${from})`);
  const to = length < 0 ? bytes.length : Math.min(bytes.length, from + length);
  if (isInsideCharacter(bytes, from)) {
    throw located(28656, `${name}: Invalid range, starting index is a UTF-8 continuation byte.`);
  }
  if (isInsideCharacter(bytes, to)) {
    throw located(28657, `${name}: Invalid range, ending index is in the middle of a UTF-8 character.`);
  }
  return bytes.toString('utf8', Math.min(from, to), to);
}

const isInsideCharacter = (bytes: Uint8Array, at: number): boolean => ((bytes[at] ?? 0) & 0xc0) === 0x80;

function substrCodePoints(values: readonly Value[], name: string): Value {
  const [value, start, count] = values;
  const text = textOf(value, name);
  const from = codePointNumber(start, 34450, 'starting index');
  const length = codePointNumber(count, 34452, 'length');
  if (from < 0) throw located(34455, `${name}: the starting index must be nonnegative integer.`);
  if (length < 0) throw located(34454, `${name}: length must be a nonnegative integer.`);
  return codePoints(text)
    .slice(from, from + length)
    .join('');
}

function codePointNumber(value: Value, code: number, which: string): number {
  if (!isNumber(value)) {
    throw located(code, `$substrCP: ${which} must be a numeric type (is BSON type ${typeName(value)})`);
  }
  const number = integerOf(value);
  if (number === undefined) {
    throw located(code + 1, `$substrCP: ${which} cannot be represented as a 32-bit integral value`);
  }
  return number;
}

const lengthOf = (count: (text: string) => number, code: number): Operator =>
  unary((value, name) => {
    if (typeof value !== 'string') throw located(code, `${name} requires a string argument, found: ${typeName(value)}`);
    return new Int32(count(value));
  });

/** White space as mongod counts it, and the NUL character. */
const BLANKS = codePoints(
  '\0 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a',
);

const trim =
  (ends: { readonly left: boolean; readonly right: boolean }): Operator =>
  (argument, { compile }, name) => {
    if (!isDocument(argument)) {
      throw located(50696, `${name} only supports an object as an argument, found ${typeName(argument)}`);
    }
    const unknown = Object.keys(argument).find((part) => part !== 'input' && part !== 'chars');
    if (unknown !== undefined) throw located(50694, `${name} found an unknown argument: ${unknown}`);
    if (!('input' in argument)) throw located(50695, `${name} requires an 'input' field`);
    const input = compile(argument.input);
    const chars = 'chars' in argument ? compile(argument.chars) : undefined;
    return (root, bindings) => {
      const text = input(root, bindings);
      const set = chars === undefined ? undefined : chars(root, bindings);
      if (isNullish(text) || (chars !== undefined && isNullish(set))) return null;
      if (typeof text !== 'string') {
        throw located(50699, `${name} requires its input to be a string, got ${typeName(text)}`);
      }
      if (set !== undefined && typeof set !== 'string') {
        throw located(50700, `${name} requires 'chars' to be a string, got ${typeName(set)}`);
      }
      return trimmed(text, set === undefined ? BLANKS : codePoints(set), ends);
    };
  };

function trimmed(text: string, set: readonly string[], ends: { left: boolean; right: boolean }): string {
  const characters = codePoints(text);
  let from = 0;
  let to = characters.length;
  while (ends.left && from < to && set.includes(characters[from] ?? '')) from += 1;
  while (ends.right && to > from && set.includes(characters[to - 1] ?? '')) to -= 1;
  return characters.slice(from, to).join('');
}

function split(text: Value, separator: Value): Value {
  if (isNullish(text) || isNullish(separator)) return null;
  if (typeof text !== 'string') {
    throw located(
      40085,
      `$split requires an expression that evaluates to a string as a first argument, found: ${typeName(text)}`,
    );
  }
  if (typeof separator !== 'string') {
    throw located(
      40086,
      `$split requires an expression that evaluates to a string as a second argument, found: ${typeName(separator)}`,
    );
  }
  if (separator === '') throw located(40087, '$split requires a non-empty separator');
  return text.split(separator);
}

type Units = {
  readonly length: (text: string) => number;
  readonly indexOf: (text: string, part: string, from: number, to: number) => number;
};

const BYTES: Units = {
  length: (text) => Buffer.byteLength(text),
  indexOf: (text, part, from, to) => Buffer.from(text).subarray(0, to).indexOf(part, from),
};

const CODE_POINTS: Units = {
  length: (text) => codePoints(text).length,
  indexOf(text, part, from, to) {
    const searched = codePoints(text).slice(from, to).join('');
    const at = searched.indexOf(part);
    return at < 0 ? -1 : from + codePoints(searched.slice(0, at)).length;
  },
};

const indexOf = (units: Units, codes: readonly [text: number, part: number]): Operator =>
  variadic(
    (values, name) => {
      const [text, part, start, end] = values;
      if (isNullish(text)) return null;
      if (typeof text !== 'string') {
        throw located(codes[0], `${name} requires a string as the first argument, found: ${typeName(text)}`);
      }
      if (typeof part !== 'string') {
        throw located(codes[1], `${name} requires a string as the second argument, found: ${typeName(part)}`);
      }
      const length = units.length(text);
      const from = start === undefined ? 0 : indexBound(start, 'starting', name);
      const to = Math.min(length, end === undefined ? length : indexBound(end, 'ending', name));
      if (from > length || to < from) return new Int32(-1);
      return new Int32(units.indexOf(text, part, from, to));
    },
    { least: 2, most: 4 },
  );

function indexBound(value: Value, which: string, name: string): number {
  const number = integerOf(value);
  if (number === undefined) {
    throw located(40096, `${name} requires an integral ${which} index, found a value of type: ${typeName(value)}`);
  }
  if (number < 0) throw located(40097, `${name} requires a nonnegative ${which} index, found: ${number}`);
  return number;
}

const replace =
  (apply: (input: string, find: string, replacement: string) => string): Operator =>
  (argument, { compile }, name) => {
    if (!isDocument(argument)) {
      throw located(51751, `${name} requires an object as an argument, found: ${typeName(argument)}`);
    }
    const unknown = Object.keys(argument).find((part) => !['input', 'find', 'replacement'].includes(part));
    if (unknown !== undefined) throw located(51750, `${name} found an unknown argument: ${unknown}`);
    const parts = ['input', 'find', 'replacement'].map((part, at) => {
      if (!(part in argument)) throw located(51749 - at, `${name} requires '${part}' to be specified`);
      return compile(argument[part]);
    });
    return (root, bindings) => {
      const texts = parts.map((evaluate) => evaluate(root, bindings));
      const wrong = texts.findIndex((text) => !isNullish(text) && typeof text !== 'string');
      if (wrong >= 0) {
        throw located(
          51746 - wrong,
          `${name} requires that its arguments be strings, found: ${typeName(texts[wrong])}`,
        );
      }
      if (texts.some(isNullish)) return null;
      const [input = '', find = '', replacement = ''] = texts as string[];
      checkLength(input.length + timesIn(input, find) * replacement.length);
      return apply(input, find, replacement);
    };
  };

/** How often a part can be replaced at most. */
function timesIn(text: string, part: string): number {
  if (part === '') return text.length + 1;
  let times = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) times += 1;
  return times;
}

const compareIgnoringCase = (left: Value, right: Value, name: string): Value =>
  new Int32(Math.sign(compareStrings(toUpper(textOf(left, name)), toUpper(textOf(right, name)))));

export const STRINGS: Operators = {
  $concat: variadic(concat),
  $toLower: unary((value, name) => toLower(textOf(value, name))),
  $toUpper: unary((value, name) => toUpper(textOf(value, name))),
  $substr: variadic(substrBytes, { least: 3, most: 3 }),
  $substrBytes: variadic(substrBytes, { least: 3, most: 3 }),
  $substrCP: variadic(substrCodePoints, { least: 3, most: 3 }),
  $strLenBytes: lengthOf((text) => Buffer.byteLength(text), 34473),
  $strLenCP: lengthOf((text) => codePoints(text).length, 34471),
  $strcasecmp: binary(compareIgnoringCase),
  $trim: trim({ left: true, right: true }),
  $ltrim: trim({ left: true, right: false }),
  $rtrim: trim({ left: false, right: true }),
  $split: binary(split),
  $indexOfBytes: indexOf(BYTES, [40091, 40092]),
  $indexOfCP: indexOf(CODE_POINTS, [40093, 40094]),
  $replaceOne: replace((input, find, replacement) => input.replace(find, () => replacement)),
  $replaceAll: replace((input, find, replacement) => input.replaceAll(find, () => replacement)),
};
