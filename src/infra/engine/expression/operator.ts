import { located } from '../errors.js';
import type { QueryEnv } from '../values/env.js';
import type { Value } from '../values/types.js';

/** The variables that `$let`, `$map` and their like have bound, the innermost first. */
export type Bindings = { readonly name: string; readonly value: Value; readonly outer: Bindings } | undefined;

/** What an expression gives for a document (`$$ROOT`) and the variables in sight; undefined is "no value". */
export type Evaluate = (this: void, root: Value, bindings: Bindings) => Value;

/** What an operator may use to compile its arguments. */
export type Compiler = {
  readonly env: QueryEnv;
  /** @param bound Names that the expression may use as `$$name` besides those already in sight. */
  compile(this: void, expression: Value, bound?: readonly string[]): Evaluate;
};

/** Compiles `{ $name: argument }`. */
export type Operator = (this: void, argument: Value, compiler: Compiler, name: string) => Evaluate;

export type Operators = Readonly<Record<string, Operator>>;

/**
 * An argument in brackets is a list of arguments; anything else is the only one.
 *
 * @throws {EngineError} 16020 when there are too few or too many.
 */
export function compileArguments(
  argument: Value,
  { compile }: Compiler,
  name: string,
  range: { readonly least: number; readonly most: number },
): Evaluate[] {
  const list: readonly Value[] = Array.isArray(argument) ? argument : [argument];
  if (list.length < range.least || list.length > range.most) {
    const wanted =
      range.least === range.most
        ? `takes exactly ${range.least} arguments`
        : `takes at least ${range.least} arguments, and at most ${range.most}`;
    const code = range.least === range.most ? 16020 : 28667;
    throw located(code, `Expression ${name} ${wanted}. ${list.length} were passed in.`);
  }
  return list.map((expression) => compile(expression));
}

/** An operator of exactly one argument. */
export const unary =
  (apply: (value: Value, name: string, env: QueryEnv) => Value): Operator =>
  (argument, compiler, name) => {
    const [evaluate = nothing] = compileArguments(argument, compiler, name, { least: 1, most: 1 });
    const { env } = compiler;
    return (root, bindings) => apply(evaluate(root, bindings), name, env);
  };

/** An operator of exactly two arguments. */
export const binary =
  (apply: (left: Value, right: Value, name: string, env: QueryEnv) => Value): Operator =>
  (argument, compiler, name) => {
    const [left = nothing, right = nothing] = compileArguments(argument, compiler, name, { least: 2, most: 2 });
    const { env } = compiler;
    return (root, bindings) => apply(left(root, bindings), right(root, bindings), name, env);
  };

/** An operator of a list of arguments, all evaluated. */
export const variadic =
  (
    apply: (values: Value[], name: string, env: QueryEnv) => Value,
    { least = 0, most = Number.POSITIVE_INFINITY }: { least?: number; most?: number } = {},
  ): Operator =>
  (argument, compiler, name) => {
    const list = compileArguments(argument, compiler, name, { least, most });
    const { env } = compiler;
    return (root, bindings) =>
      apply(
        list.map((evaluate) => evaluate(root, bindings)),
        name,
        env,
      );
  };

export const nothing: Evaluate = () => undefined;
