import { badValue, type EngineError, located, typeMismatch } from '../errors.js';
import { type Document, isDocument, isNumber, typeName, type Value } from '../values/types.js';
import type { CommandContext } from './context.js';

/* Reading a command's fields. Each throws TypeMismatch (14) for a value of another type; null counts as not given. */

type Body = Pick<CommandContext, 'name' | 'body'>;

export function documentArgument({ name, body }: Body, field: string): Document | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!isDocument(value)) throw wrongType(name, field, value, "'object'");
  return value;
}

export function arrayArgument({ name, body }: Body, field: string): readonly Value[] | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(name, field, value, "'array'");
  return value;
}

export function stringArgument({ name, body }: Body, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, field, value, "'string'");
  return value;
}

export function booleanArgument({ name, body }: Body, field: string): boolean {
  const value = body[field];
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  if (isNumber(value)) return Number(value) !== 0;
  throw wrongType(name, field, value, "'[bool, long, int, decimal, double]'");
}

export function numberArgument({ name, body }: Body, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!isNumber(value)) throw wrongType(name, field, value, "'[long, int, decimal, double]'");
  return Number(value);
}

/** @throws {EngineError} 51024 for a negative number. */
export function countArgument(context: Body, field: string): number | undefined {
  const value = numberArgument(context, field);
  if (value === undefined || value >= 0) return value;
  throw located(51024, `BSON field '${field}' value must be >= 0, actual value '${value}'`);
}

/** The size of a first batch, as `cursor: { batchSize }` gives it. */
export function batchSizeArgument(context: Body): number | undefined {
  const cursor = documentArgument(context, 'cursor');
  return cursor === undefined
    ? undefined
    : countArgument({ name: `${context.name}.cursor`, body: cursor }, 'batchSize');
}

/** @throws {EngineError} 40414 if it is not there. */
export function required<T>(value: T | undefined, { name }: Body, field: string): T {
  if (value !== undefined) return value;
  throw located(40414, `BSON field '${name}.${field}' is missing but a required field`);
}

function wrongType(command: string, field: string, value: Value, expected: string): EngineError {
  return typeMismatch(
    `BSON field '${command}.${field}' is the wrong type '${typeName(value)}', expected type${expected.includes(',') ? 's' : ''} ${expected}`,
  );
}

/** The client's own limit in milliseconds. @throws {EngineError} 2 for what is no whole number from 0 on. */
export function maxTimeArgument(context: Body): number | undefined {
  const value = numberArgument(context, 'maxTimeMS');
  if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= 0x7fff_ffff)) return value;
  throw badValue(`${value} value for maxTimeMS is out of range [0, 2147483647]`);
}
