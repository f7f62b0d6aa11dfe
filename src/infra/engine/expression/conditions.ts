import { located } from '../errors.js';
import { isTruthy } from '../values/truth.js';
import { isDocument, isNullish } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { compileArguments, nothing, unary } from './operator.js';
import type { Evaluate, Operator, Operators } from './operator.js';

const MANY = { least: 0, most: Number.POSITIVE_INFINITY };

const and: Operator = (argument, compiler, name) => {
  const list = compileArguments(argument, compiler, name, MANY);
  return (root, bindings) => list.every((evaluate) => isTruthy(evaluate(root, bindings)));
};

const or: Operator = (argument, compiler, name) => {
  const list = compileArguments(argument, compiler, name, MANY);
  return (root, bindings) => list.some((evaluate) => isTruthy(evaluate(root, bindings)));
};

const cond: Operator = (argument, compiler, name) => {
  const list = isDocument(argument) && !firstName(argument).startsWith('$') ? namedBranches(argument) : argument;
  const [test = nothing, yes = nothing, no = nothing] = compileArguments(list, compiler, name, { least: 3, most: 3 });
  return (root, bindings) => (isTruthy(test(root, bindings)) ? yes(root, bindings) : no(root, bindings));
};

const firstName = (document: Document): string => Object.keys(document)[0] ?? '';

function namedBranches(argument: Document): Value[] {
  const names = ['if', 'then', 'else'];
  const unknown = Object.keys(argument).find((name) => !names.includes(name));
  if (unknown !== undefined) throw located(17083, `Unrecognized parameter to $cond: ${unknown}`);
  return names.map((name, at) => {
    if (!(name in argument)) throw located(17080 + at, `Missing '${name}' parameter to $cond`);
    return argument[name];
  });
}

/** The first value that is neither null nor missing; else the last one, whatever it is. */
const ifNull: Operator = (argument, compiler) => {
  const list: readonly Value[] = Array.isArray(argument) ? argument : [argument];
  if (list.length < 2) throw located(1257300, `$ifNull needs at least two arguments, had: ${list.length}`);
  const evaluates = list.map((expression) => compiler.compile(expression));
  return (root, bindings) => {
    let value: Value;
    for (const evaluate of evaluates) {
      value = evaluate(root, bindings);
      if (!isNullish(value)) return value;
    }
    return value;
  };
};

const switchOperator: Operator = (argument, { compile }) => {
  if (!isDocument(argument)) throw located(40060, '$switch requires an object as an argument');
  const unknown = Object.keys(argument).find((name) => name !== 'branches' && name !== 'default');
  if (unknown !== undefined) throw located(40067, `$switch found an unknown argument: ${unknown}`);
  const branches = compileBranches(argument.branches, compile);
  const otherwise = 'default' in argument ? compile(argument.default) : undefined;
  if (branches.length === 0) throw located(40068, '$switch requires at least one branch');
  return (root, bindings) => {
    const taken = branches.find(({ test }) => isTruthy(test(root, bindings)))?.result ?? otherwise;
    if (taken === undefined) {
      throw located(40066, '$switch could not find a matching branch for an input, and no default was specified.');
    }
    return taken(root, bindings);
  };
};

function compileBranches(
  branches: Value,
  compile: (expression: Value) => Evaluate,
): { test: Evaluate; result: Evaluate }[] {
  if (branches === undefined) return [];
  if (!Array.isArray(branches)) throw located(40061, "$switch expected an array for 'branches'");
  return branches.map((branch: Value) => {
    if (!isDocument(branch)) throw located(40062, '$switch expected each branch to be an object');
    const unknown = Object.keys(branch).find((name) => name !== 'case' && name !== 'then');
    if (unknown !== undefined) throw located(40063, `$switch found an unknown argument to a branch: ${unknown}`);
    if (!('case' in branch)) throw located(40064, "$switch requires each branch have a 'case' expression");
    if (!('then' in branch)) throw located(40065, "$switch requires each branch have a 'then' expression.");
    return { test: compile(branch.case), result: compile(branch.then) };
  });
}

export const CONDITIONS: Operators = {
  $and: and,
  $or: or,
  $not: unary((value) => !isTruthy(value)),
  $cond: cond,
  $ifNull: ifNull,
  $switch: switchOperator,
};
