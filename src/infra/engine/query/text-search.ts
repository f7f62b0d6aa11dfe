import { badValue, failedToParse, indexNotFound } from '../errors.js';
import type { QueryEnv, TextField } from '../values/env.js';
import { valuesAt } from '../values/path.js';
import { isDocument, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { stemsOf } from './word-stems.js';

/** How well a document answers a search; 0 if it does not. */
export type TextScore = (this: void, document: Document) => number;

type Search = {
  readonly stems: ReadonlySet<string>;
  /** Stems that a document must not have. */
  readonly unwanted: readonly string[];
  readonly phrases: readonly string[];
  readonly unwantedPhrases: readonly string[];
};

/**
 * The score of a `$text` search: each stem that a field has counts by the field's weight, more if it makes up more of it.
 *
 * @throws {EngineError} 27 where the collection has no text index.
 */
export function compileTextScore(argument: Value, { text: fields }: QueryEnv): TextScore {
  const search = parseSearch(argument);
  if (fields === undefined) throw indexNotFound('text index required for $text query');
  return (document) => scoreOf(document, fields, search);
}

/** The environment in which `$meta: 'textScore'` has a meaning: that of a filter with a `$text`. */
export function withTextScore<Env extends QueryEnv>(env: Env, filter: Document): Env {
  const argument = textArgument(filter);
  return argument === undefined ? env : { ...env, textScore: compileTextScore(argument, env) };
}

function textArgument(filter: Document): Value {
  if ('$text' in filter) return filter.$text;
  const branches: readonly Value[] = Array.isArray(filter.$and) ? filter.$and : [];
  return branches
    .filter(isDocument)
    .map(textArgument)
    .find((argument) => argument !== undefined);
}

const PARTS = new Set(['$search', '$language', '$caseSensitive', '$diacriticSensitive']);

function parseSearch(argument: Value): Search {
  if (!isDocument(argument)) throw badValue('$text expects an object');
  const unknown = Object.keys(argument).find((name) => !PARTS.has(name));
  if (unknown !== undefined) throw badValue(`extra fields in $text: ${unknown}`);
  if (typeof argument.$search !== 'string') {
    throw failedToParse(`"$search" had the wrong type. Expected string, found ${typeName(argument.$search)}`);
  }
  const phrases: string[] = [];
  const unwantedPhrases: string[] = [];
  const words = argument.$search.replace(/(-?)"([^"]*)"/g, (_, minus: string, phrase: string) => {
    (minus === '' ? phrases : unwantedPhrases).push(phrase.toLowerCase());
    return minus === '' ? phrase : ' ';
  });
  const list = words.split(/\s+/);
  return {
    phrases,
    unwantedPhrases,
    stems: new Set(list.filter((word) => !word.startsWith('-')).flatMap(stemsOf)),
    unwanted: list.filter((word) => word.startsWith('-')).flatMap(stemsOf),
  };
}

function scoreOf(document: Document, fields: readonly TextField[], search: Search): number {
  const texts = fields.flatMap(({ path, weight }) => textsAt(document, path).map((text) => ({ text, weight })));
  const found = new Set<string>();
  let score = 0;
  for (const { text, weight } of texts) score += weight * fieldScore(stemsOf(text), search.stems, found);
  if (score === 0 || search.unwanted.some((stem) => found.has(stem))) return 0;
  const has = (phrase: string): boolean => texts.some(({ text }) => text.toLowerCase().includes(phrase));
  return search.phrases.every(has) && !search.unwantedPhrases.some(has) ? score : 0;
}

/** A stem counts once in full and less each time it comes again. */
function fieldScore(stems: readonly string[], wanted: ReadonlySet<string>, found: Set<string>): number {
  const times = new Map<string, number>();
  for (const stem of stems) {
    found.add(stem);
    if (wanted.has(stem)) times.set(stem, (times.get(stem) ?? 0) + 1);
  }
  let score = 0;
  for (const count of times.values()) score += (2 - 2 ** (1 - count)) * (0.5 + (0.5 * count) / stems.length);
  return score;
}

/** `$**` means every text of the document. */
function textsAt(document: Document, path: string): string[] {
  const values = path === '$**' ? everyText(document) : valuesAt(document, path);
  return values.filter((value) => typeof value === 'string');
}

function everyText(value: Value): Value[] {
  if (Array.isArray(value)) return value.flatMap(everyText);
  return isDocument(value) ? Object.values(value).flatMap(everyText) : [value];
}
