import { located } from '../errors.js';
import { checkBounds } from '../values/bounds.js';
import { integerOf } from '../values/numbers.js';
import { isTruthy } from '../values/truth.js';
import { isDocument, isNullish, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import type { Bindings, Operator, Operators } from './operator.js';

/** The named parts of an operator's argument. @throws with `codes` for what is not known or not there; for each needed part its own. */
function partsOf(
  argument: Value,
  name: string,
  parts: { readonly needed: readonly string[]; readonly optional?: readonly string[] },
  codes: { readonly shape: number; readonly unknown: number; readonly missing: readonly number[] },
): Document {
  if (!isDocument(argument)) throw located(codes.shape, `${name} only supports an object as its argument`);
  const known = [...parts.needed, ...(parts.optional ?? [])];
  const unknown = Object.keys(argument).find((part) => !known.includes(part));
  if (unknown !== undefined) throw located(codes.unknown, `Unrecognized parameter to ${name}: ${unknown}`);
  for (const [at, part] of parts.needed.entries()) {
    if (!(part in argument)) throw located(codes.missing[at] ?? codes.shape, `Missing '${part}' parameter to ${name}`);
  }
  return argument;
}

function checkVariableName(name: Value): string {
  if (typeof name !== 'string' || name === '') throw located(9, 'empty variable names are not allowed');
  if (name === 'CURRENT') throw located(168, "'CURRENT' cannot be bound by the embedded engine");
  if (!/^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name)) {
    throw located(9, `'${name}' starts with an invalid character for a user variable name`);
  }
  return name;
}

const letOperator: Operator = (argument, { compile }, name) => {
  const parts = partsOf(
    argument,
    name,
    { needed: ['vars', 'in'] },
    { shape: 16874, unknown: 16875, missing: [16876, 16877] },
  );
  if (!isDocument(parts.vars)) throw located(16874, 'invalid parameter: expected an object (vars)');
  const variables = Object.entries(parts.vars).map(
    ([variable, expression]) => [checkVariableName(variable), compile(expression)] as const,
  );
  const body = compile(
    parts.in,
    variables.map(([variable]) => variable),
  );
  return (root, bindings) => {
    let inner: Bindings = bindings;
    for (const [variable, evaluate] of variables) {
      inner = { name: variable, value: evaluate(root, bindings), outer: inner };
    }
    return body(root, inner);
  };
};

const map: Operator = (argument, { compile, env }, name) => {
  const parts = partsOf(
    argument,
    name,
    { needed: ['input', 'in'], optional: ['as'] },
    { shape: 16878, unknown: 16879, missing: [16880, 16882] },
  );
  const variable = parts.as === undefined ? 'this' : checkVariableName(parts.as);
  const input = compile(parts.input);
  const body = compile(parts.in, [variable]);
  return (root, bindings) => {
    const array = input(root, bindings);
    if (isNullish(array)) return null;
    if (!Array.isArray(array)) throw located(16883, `input to $map must be an array not ${typeName(array)}`);
    const mapped = array.map((value: Value) => {
      env.checkTime();
      return body(root, { name: variable, value, outer: bindings }) ?? null;
    });
    return checkBounds(mapped);
  };
};

const filter: Operator = (argument, { compile, env }, name) => {
  const parts = partsOf(
    argument,
    name,
    { needed: ['input', 'cond'], optional: ['as', 'limit'] },
    { shape: 28646, unknown: 28647, missing: [28648, 28650] },
  );
  const variable = parts.as === undefined ? 'this' : checkVariableName(parts.as);
  const input = compile(parts.input);
  const test = compile(parts.cond, [variable]);
  const limit = parts.limit === undefined ? undefined : compile(parts.limit);
  return (root, bindings) => {
    const array = input(root, bindings);
    if (isNullish(array)) return null;
    if (!Array.isArray(array)) throw located(28651, `input to $filter must be an array not ${typeName(array)}`);
    const most = limit === undefined ? Infinity : filterLimit(limit(root, bindings));
    const kept: Value[] = [];
    for (const value of array as Value[]) {
      if (kept.length >= most) break;
      env.checkTime();
      if (isTruthy(test(root, { name: variable, value, outer: bindings }))) kept.push(value);
    }
    return kept;
  };
};

function filterLimit(value: Value): number {
  if (isNullish(value)) return Infinity;
  const limit = integerOf(value);
  if (limit === undefined || limit < 1) {
    throw located(327391, '$filter: limit must be represented as a 32-bit integral value above 0');
  }
  return limit;
}

const reduce: Operator = (argument, { compile, env }, name) => {
  const parts = partsOf(
    argument,
    name,
    { needed: ['input', 'initialValue', 'in'] },
    { shape: 40075, unknown: 40076, missing: [40077, 40078, 40079] },
  );
  const input = compile(parts.input);
  const initial = compile(parts.initialValue);
  const body = compile(parts.in, ['this', 'value']);
  return (root, bindings) => {
    const array = input(root, bindings);
    if (isNullish(array)) return null;
    if (!Array.isArray(array)) {
      throw located(40080, `$reduce requires that 'input' be an array, found: ${typeName(array)}`);
    }
    let value = initial(root, bindings);
    for (const element of array as Value[]) {
      env.checkTime();
      const outer: Bindings = { name: 'value', value, outer: bindings };
      value = body(root, { name: 'this', value: element, outer });
    }
    return value;
  };
};

/** The operators that bind variables. */
export const ITERATIONS: Operators = { $let: letOperator, $map: map, $filter: filter, $reduce: reduce };
