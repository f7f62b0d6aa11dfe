import { invalidPipelineOperator, located } from '../errors.js';
import { checkBounds } from '../values/bounds.js';
import type { QueryEnv } from '../values/env.js';
import { REFERENCE_FIELDS, expressionValueAt, fieldOf, putField, splitPath } from '../values/path.js';
import { asDocument, isDocument } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import type { Bindings, Compiler, Evaluate, Operators } from './operator.js';
import { OPERATORS } from './operators.js';

const SYSTEM_VARIABLES = new Set(['ROOT', 'CURRENT', 'NOW', 'REMOVE']);

/**
 * What an aggregation expression gives for a document; undefined where it gives no value, as for a missing field.
 * The result may share parts with the document.
 *
 * @throws {EngineError} 168 for an operator that is not known, and mongod's code for any other mistake, both at once;
 * the returned function throws what depends on the document.
 */
export function compileExpression(expression: Value, env: QueryEnv): (root: Value) => Value {
  const evaluate = compilerFor(env, new Set()).compile(expression);
  return (root) => evaluate(root, undefined);
}

function compilerFor(env: QueryEnv, names: ReadonlySet<string>): Compiler {
  const compiler: Compiler = {
    env,
    compile(expression, bound) {
      if (bound !== undefined) return compilerFor(env, new Set([...names, ...bound])).compile(expression);
      return compileAny(expression, compiler, names);
    },
  };
  return compiler;
}

function compileAny(expression: Value, compiler: Compiler, names: ReadonlySet<string>): Evaluate {
  if (typeof expression === 'string') {
    if (expression.startsWith('$$')) return compileVariable(expression.slice(2), compiler.env, names);
    return expression.startsWith('$') ? compileFieldPath(expression.slice(1)) : () => expression;
  }
  if (Array.isArray(expression)) return compileArray(expression, compiler);
  if (isDocument(expression)) return compileDocument(expression, compiler);
  return () => expression;
}

function compileArray(elements: readonly Value[], { compile }: Compiler): Evaluate {
  const list = elements.map((element) => compile(element));
  return (root, bindings) => checkBounds(list.map((evaluate) => evaluate(root, bindings) ?? null));
}

function compileDocument(expression: Document, compiler: Compiler): Evaluate {
  const names = Object.keys(expression);
  const [name] = names;
  if (name?.startsWith('$')) {
    if (names.length > 1) {
      throw located(15983, `an object representing an expression must have exactly one field, not ${names.length}`);
    }
    return compileOperator(name, expression[name], compiler);
  }
  const fields = names.map((field) => [checkFieldName(field), compiler.compile(expression[field])] as const);
  return (root, bindings) => {
    const document: Document = {};
    for (const [field, evaluate] of fields) {
      const value = evaluate(root, bindings);
      if (value !== undefined) putField(document, field, value);
    }
    return checkBounds(document);
  };
}

function compileOperator(name: string, argument: Value, compiler: Compiler): Evaluate {
  const operator = lookUp(OPERATORS, name);
  if (operator === undefined) throw invalidPipelineOperator(`Unrecognized expression '${name}'`);
  return operator(argument, compiler, name);
}

const lookUp = (operators: Operators, name: string) => (Object.hasOwn(operators, name) ? operators[name] : undefined);

function checkFieldName(name: string): string {
  if (name.includes('.')) throw located(16412, `FieldPath field names may not contain '.': '${name}'`);
  if (name.startsWith('$')) {
    throw located(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  }
  return name;
}

function compileFieldPath(path: string): Evaluate {
  checkPath(path);
  if (!path.includes('.')) {
    return (root) => {
      const document = asDocument(root);
      return document === undefined ? undefined : fieldOf(document, path);
    };
  }
  const parts = splitPath(path);
  return (root) => expressionValueAt(root, parts);
}

function checkPath(path: string): void {
  if (path === '') throw located(16872, "'$' by itself is not a valid FieldPath");
  if (path.endsWith('.')) throw located(40353, "FieldPath must not end with a '.'.");
  for (const part of splitPath(path)) {
    if (part === '') throw located(15998, 'FieldPath field names may not be empty strings.');
    if (part.startsWith('$') && !REFERENCE_FIELDS.has(part)) {
      throw located(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
    }
    if (part.includes('\0')) throw located(16411, "FieldPath field names may not contain '\\0'.");
  }
}

function compileVariable(text: string, env: QueryEnv, names: ReadonlySet<string>): Evaluate {
  const [name = '', ...rest] = splitPath(text);
  if (rest.length > 0) checkPath(rest.join('.'));
  const evaluate = compileVariableName(name, env, names);
  if (rest.length === 0) return evaluate;
  return (root, bindings) => expressionValueAt(evaluate(root, bindings), rest);
}

function compileVariableName(name: string, env: QueryEnv, names: ReadonlySet<string>): Evaluate {
  if (names.has(name)) return (_root, bindings) => bindingOf(bindings, name);
  if (SYSTEM_VARIABLES.has(name)) return compileSystemVariable(name, env);
  if (name === '') throw located(9, 'empty variable names are not allowed');
  const variables = env.variables ?? {};
  if (!Object.hasOwn(variables, name)) throw located(17276, `Use of undefined variable: ${name}`);
  const value = variables[name];
  return () => value;
}

function compileSystemVariable(name: string, env: QueryEnv): Evaluate {
  if (name === 'NOW') return () => env.now;
  return name === 'REMOVE' ? () => undefined : (root) => root;
}

function bindingOf(bindings: Bindings, name: string): Value {
  for (let binding = bindings; binding !== undefined; binding = binding.outer) {
    if (binding.name === name) return binding.value;
  }
  return undefined;
}
