import { Timestamp } from 'bson';
import { located } from '../../errors.js';
import { isDocument, isNullish, isObjectId, typeName } from '../../values/types.js';
import type { Value } from '../../values/types.js';
import type { Bindings, Compiler, Evaluate } from '../operator.js';
import { UTC, zoneNamed } from './time-zone.js';
import type { Zone } from './time-zone.js';

/** The instant of a date, a timestamp or an ObjectId. */
export function toInstant(value: Value): number {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Timestamp) return value.t * 1000;
  if (isObjectId(value)) return value.getTimestamp().getTime();
  throw located(16006, `can't convert from BSON type ${typeName(value)} to Date`);
}

/** @throws {EngineError} 5166406 for an instant that no date can hold. */
export function toDate(instant: number): Date {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) throw located(5166406, 'the date is out of range');
  return date;
}

export type NamedParts = {
  readonly has: (name: string) => boolean;
  /** Undefined for a part that was not given. */
  readonly get: (name: string, root: Value, bindings: Bindings) => Value;
};

type PartsSpec = {
  readonly needed: readonly string[];
  readonly optional: readonly string[];
  /** The code of a part that is not known; of an argument that is no object (`shape`) and of a part that is `missing` too, unless they have their own. */
  readonly code: number;
  readonly shape?: number;
  readonly missing?: number;
};

/** The named parts of an operator's argument. */
export function compileParts(
  argument: Value,
  { compile }: Compiler,
  name: string,
  { needed, optional, code, shape = code, missing = code }: PartsSpec,
): NamedParts {
  if (!isDocument(argument)) throw located(shape, `${name} only supports an object as its argument`);
  const unknown = Object.keys(argument).find((part) => !needed.includes(part) && !optional.includes(part));
  if (unknown !== undefined) throw located(code, `Unrecognized argument to ${name}: ${unknown}`);
  const absent = needed.find((part) => !(part in argument));
  if (absent !== undefined) throw located(missing, `Missing '${absent}' parameter to ${name}`);
  const compiled: Record<string, Evaluate> = Object.fromEntries(
    Object.entries(argument).map(([part, expression]) => [part, compile(expression)]),
  );
  return {
    has: (part) => part in argument,
    get: (part, root, bindings) => (part in argument ? compiled[part]?.(root, bindings) : undefined),
  };
}

/** UTC where none is given; undefined where it is null, which makes the whole result null. */
export function zoneOf(parts: NamedParts, root: Value, bindings: Bindings): Zone | undefined {
  if (!parts.has('timezone')) return UTC;
  const name = parts.get('timezone', root, bindings);
  if (isNullish(name)) return undefined;
  if (typeof name !== 'string') throw located(40517, `timezone must evaluate to a string, found ${typeName(name)}`);
  return zoneNamed(name);
}
