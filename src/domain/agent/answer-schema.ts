import { Script } from 'node:vm';
import { z } from 'zod';
import { InvalidInputError } from '../../base/errors.js';

/** The form that an answer must have. */
export type AnswerSchema = {
  /** Tells the model of it. */
  readonly instructions: string;
  /** What is wrong with an answer, for the model to mend; null if it fits. */
  problemOf(text: string): string | null;
};

/** Characters of a schema, as JSON. */
const MAX_SCHEMA_CHARS = 16_000;

/** Milliseconds that a check may take: it is done here, and nobody else is served meanwhile. */
const MAX_CHECK_MS = 200;

/** Characters of what is wrong that the model is told. */
const MAX_PROBLEM_CHARS = 2_000;

/**
 * Makes a form of a JSON Schema (2020-12, draft 7 and draft 4, without references to elsewhere).
 *
 * @throws {InvalidInputError} if it is too large, or no JSON Schema that can be checked.
 */
export function answerSchema(field: string, schema: unknown): AnswerSchema {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw new InvalidInputError(field, 'A JSON Schema is an object.');
  const text = write(field, schema);
  if (text.length > MAX_SCHEMA_CHARS)
    throw new InvalidInputError(field, `A schema has at most ${MAX_SCHEMA_CHARS} characters.`);
  const unwanted = findUnwanted(schema);
  if (unwanted !== null) throw new InvalidInputError(field, `A schema cannot use ${unwanted} here.`);
  const check = compile(field, schema);
  return {
    instructions: `Answer with one JSON value that fits this JSON Schema, and with nothing else:\n${text}`,
    problemOf(answer) {
      const value = parse(answer);
      if (value === undefined)
        return 'It is not JSON: write the JSON value alone, without a fence and without words around it.';
      const problem = withinTime(() => describeProblem(check, value));
      return problem && problem.length > MAX_PROBLEM_CHARS ? `${problem.slice(0, MAX_PROBLEM_CHARS)}…` : problem;
    },
  };
}

function write(field: string, schema: object): string {
  try {
    return JSON.stringify(schema);
  } catch (cause) {
    if (cause instanceof RangeError) throw new InvalidInputError(field, 'It is nested too deeply.');
    throw cause;
  }
}

function describeProblem(check: z.ZodType, value: unknown): string | null {
  const checked = check.safeParse(value);
  return checked.success ? null : z.prettifyError(checked.error);
}

const run = new Script('act()');

/** By schemas that refer to themselves, or have many alternatives, a short answer can take years to check, or more of the stack than there is. */
function withinTime(act: () => string | null): string | null {
  try {
    return run.runInNewContext({ act }, { timeout: MAX_CHECK_MS }) as string | null;
  } catch (error) {
    if (error instanceof RangeError) return 'It is nested too deeply.';
    if (isTimeout(error)) return 'It takes too long to check: write a smaller value.';
    throw error;
  }
}

/** It is thrown by another context, so that it is no `Error` of this one. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

function compile(field: string, schema: object): z.ZodType {
  try {
    return z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
  } catch (cause) {
    throw new InvalidInputError(
      field,
      `This is no JSON Schema that can be checked: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

/** Names that could reach into our own objects, and patterns, by which a schema could keep the server busy without end. */
function findUnwanted(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    if (UNWANTED.has(key) || (key === 'pattern' && typeof inner === 'string')) return `"${key}"`;
    const found = findUnwanted(inner);
    if (found !== null) return found;
  }
  return null;
}

const UNWANTED = new Set(['__proto__', 'constructor', 'prototype', 'patternProperties']);

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
