import { badValue, notImplemented, queryFeatureNotAllowed } from '../errors.js';
import { compileExpression } from '../expression/expression.js';
import type { QueryEnv } from '../values/env.js';
import { toDouble } from '../values/numbers.js';
import { REFERENCE_FIELDS } from '../values/path.js';
import { show } from '../values/show.js';
import { isTruthy } from '../values/truth.js';
import { isDocument, isNumber, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { compileElemMatch } from './elem-match.js';
import { compileJsonSchema } from './json-schema.js';
import { compileFieldTest, isOperatorDocument } from './field-test.js';
import type { FieldTestParts, Matcher } from './field-test.js';
import { compileTextScore } from './text-search.js';

/**
 * What decides whether a document is found.
 *
 * @throws {EngineError} with mongod's code for every operator, argument or combination that is not a valid filter.
 */
export function compileFilter(filter: Document, env: QueryEnv): Matcher {
  if (!isDocument(filter)) throw badValue(`Expected a filter document, but found ${typeName(filter)}`);
  return every(Object.entries(filter).flatMap(([name, value]) => compileEntry(name, value, env)));
}

/** A test of one value, as `$pull` and array filters put it: `{ $gt: 3 }`, `/re/`, or a value to equal. An array's elements count, too. */
export function compileValueTest(condition: Value, env: QueryEnv): (value: Value) => boolean {
  const matches = compileFieldTest('value', condition, partsFor(env));
  return (value) => matches({ value });
}

/** A filter of the elements of an array, as array filters and `$pull` have them. @throws {EngineError} 224 and 2 for what only asks of whole documents. */
export function compileElementFilter(filter: Document, env: QueryEnv): Matcher {
  refuseWhole(filter);
  return compileFilter(filter, env);
}

function refuseWhole(filter: Document): void {
  for (const [name, value] of Object.entries(filter)) {
    if (name === '$expr') throw queryFeatureNotAllowed('$expr is not allowed in this context');
    if (name === '$text' || name === '$where') throw badValue(`${name} is not allowed in this context`);
    if (!Array.isArray(value) || !BRANCHING.has(name)) continue;
    for (const branch of value) if (isDocument(branch)) refuseWhole(branch);
  }
}

const BRANCHING = new Set(['$and', '$or', '$nor']);

function compileEntry(name: string, value: Value, env: QueryEnv): Matcher[] {
  if (!name.startsWith('$') || REFERENCE_FIELDS.has(name)) return [compileFieldTest(name, value, partsFor(env))];
  switch (name) {
    case '$and':
      return [every(compileBranches(name, value, env))];
    case '$or':
      return [some(compileBranches(name, value, env))];
    case '$nor': {
      const isAny = some(compileBranches(name, value, env));
      return [(document) => !isAny(document)];
    }
    case '$expr': {
      const evaluate = compileExpression(value, env);
      return [(document) => isTruthy(evaluate(document))];
    }
    case '$text': {
      const score = compileTextScore(value, env);
      return [(document) => score(document) > 0];
    }
    case '$jsonSchema':
      return [compileJsonSchema(value)];
    case '$comment':
      return [];
    case '$alwaysTrue':
      return [];
    case '$alwaysFalse':
      return [() => false];
    case '$sampleRate':
      return [compileSampleRate(value)];
    default:
      throw refusal(name);
  }
}

function refusal(name: string): Error {
  if (name === '$where') return notImplemented('$where is not supported by the embedded engine');
  return badValue(
    `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
  );
}

function compileBranches(name: string, value: Value, env: QueryEnv): Matcher[] {
  if (!Array.isArray(value)) throw badValue(`${name} must be an array`);
  if (value.length === 0) throw badValue('$and/$or/$nor must be a nonempty array');
  return value.map((branch) => {
    if (!isDocument(branch)) throw badValue('$or/$and/$nor entries need to be full objects');
    return compileFilter(branch, env);
  });
}

function compileSampleRate(value: Value): Matcher {
  const rate = isNumber(value) ? toDouble(value) : Number.NaN;
  if (!(rate >= 0 && rate <= 1)) {
    throw badValue(`$sampleRate must be a number between 0 and 1, but found ${show(value)}`);
  }
  return () => Math.random() < rate;
}

/** The recursive parts of a field's test, handed down so that its file need not know of filters. */
function partsFor(env: QueryEnv): FieldTestParts {
  const parts: FieldTestParts = {
    collation: env.collation,
    elemMatch: (condition) =>
      compileElemMatch(condition, {
        isValueCondition: isOperatorDocument,
        value: (test) => compileFieldTest('value', test, { ...parts, isElement: true }),
        document: (filter) => compileFilter(filter, env),
      }),
  };
  return parts;
}

function every(matchers: readonly Matcher[]): Matcher {
  const [first, second] = matchers;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (matchers.length === 2) return (document) => first(document) && second(document);
  return (document) => matchers.every((matches) => matches(document));
}

const some =
  (matchers: readonly Matcher[]): Matcher =>
  (document) =>
    matchers.some((matches) => matches(document));
