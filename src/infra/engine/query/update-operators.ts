import { Int32, Long, Timestamp } from 'bson';
import { badValue, typeMismatch } from '../errors.js';
import { add, multiply } from '../values/arithmetic.js';
import { compareValues } from '../values/compare.js';
import type { QueryEnv } from '../values/env.js';
import { toBigInt } from '../values/numbers.js';
import { show } from '../values/show.js';
import { isDocument, isDouble, isInt32, isLong, isNumber, typeName } from '../values/types.js';
import type { Document, NumberValue, Value } from '../values/types.js';
import { MANNERS } from './update-action.js';
import type { Action, ActionSpec } from './update-action.js';
import { compileAddToSet, compilePop, compilePull, compilePullAll } from './update-arrays.js';
import { describeId } from './update-describe.js';
import { compilePush } from './update-push.js';
import { compileRename } from './update-rename.js';
import { parseUpdatePath, writeAt } from './update-path.js';
import type { Change } from './update-path.js';

/** Makes the change for one document, which the messages of its failures name. */
type CompiledChange = (original: Document) => Change;

/** @throws {EngineError} with mongod's code for a path or an argument that is wrong whatever the document. */
export function compileAction(spec: ActionSpec): Action {
  const { operator, path, filters } = spec;
  if (operator === '$rename') return compileRename(spec);
  const parts = parseUpdatePath(path, filters);
  const compiled = compileChange(spec);
  return {
    paths: [path],
    apply(document, context) {
      if (operator === '$setOnInsert' && !context.isInsert) return document;
      return writeAt(document, {
        parts,
        change: compiled(context.original),
        manner: MANNERS[operator],
        filters,
        context,
      });
    },
  };
}

function compileChange({ operator, path, argument, env }: ActionSpec): CompiledChange {
  switch (operator) {
    case '$unset':
      return () => () => undefined;
    case '$inc':
    case '$mul':
      return compileNumberChange(operator, path, argument);
    case '$min':
      return () => (current) => (isBefore(argument, current, 1, env) ? argument : current);
    case '$max':
      return () => (current) => (isBefore(argument, current, -1, env) ? argument : current);
    case '$currentDate': {
      const value = currentDate(argument, env);
      return () => () => value;
    }
    case '$bit':
      return compileBit(argument);
    case '$push':
      return compilePush(path, argument, env);
    case '$addToSet':
      return compileAddToSet(argument, env);
    case '$pop':
      return compilePop(argument);
    case '$pull':
      return compilePull(argument, env);
    case '$pullAll':
      return compilePullAll(argument, env);
    default:
      return () => () => argument;
  }
}

const isBefore = (argument: Value, current: Value, sign: 1 | -1, env: QueryEnv): boolean =>
  current === undefined || compareValues(argument, current, env.collation) * sign < 0;

function compileNumberChange(operator: '$inc' | '$mul', path: string, argument: Value): CompiledChange {
  if (!isNumber(argument)) {
    const verb = operator === '$inc' ? 'increment' : 'multiply';
    throw typeMismatch(`Cannot ${verb} with non-numeric argument: {${path}: ${show(argument)}}`);
  }
  const operation = operator === '$inc' ? add : multiply;
  return (original) => (current, place) => {
    if (current === undefined) return operator === '$inc' ? argument : multiply(new Int32(0), argument);
    if (!isNumber(current)) {
      throw typeMismatch(
        `Cannot apply ${operator} to a value of non-numeric type. ${describeId(original)} has the field '${lastPart(place)}' of non-numeric type ${typeName(current)}`,
      );
    }
    return checkRange(
      operation(current, argument),
      current,
      argument,
      `Failed to apply ${operator} operations to current value (${show(current)}) for document ${describeId(original)}`,
    );
  };
}

/** Integers that became a double have passed 64 bits. */
function checkRange(result: NumberValue, left: NumberValue, right: NumberValue, message: string): NumberValue {
  if (isDouble(result) && !isDouble(left) && !isDouble(right)) throw badValue(message);
  return result;
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

function currentDate(argument: Value, env: QueryEnv): Value {
  if (typeof argument === 'boolean') return env.now;
  if (!isDocument(argument)) {
    throw badValue(
      `${typeName(argument)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  }
  const unknown = Object.keys(argument).find((name) => name !== '$type');
  if (unknown !== undefined) throw badValue(`Unrecognized $currentDate option: ${unknown}`);
  if (argument.$type === 'date') return env.now;
  if (argument.$type === 'timestamp') return new Timestamp({ t: Math.floor(env.now.getTime() / 1000), i: 1 });
  throw badValue(
    "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
  );
}

const BIT_OPERATIONS: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  and: (left, right) => left & right,
  or: (left, right) => left | right,
  xor: (left, right) => left ^ right,
};

function compileBit(argument: Value): CompiledChange {
  if (!isDocument(argument)) {
    throw badValue(
      `The $bit modifier is not compatible with a ${typeName(argument)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
    );
  }
  const steps = Object.entries(argument).map(([name, operand]) => bitStep(name, operand));
  if (steps.length === 0) {
    throw badValue('You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}');
  }
  return (original) => (current, place) => {
    const start = current ?? new Int32(0);
    if (!isInt32(start) && !isLong(start)) {
      throw badValue(
        `Cannot apply $bit to a value of non-integral type.${describeId(original)} has the field ${lastPart(place)} of non-integer type ${typeName(start)}`,
      );
    }
    return steps.reduce<Int32 | Long>((value, step) => step(value), start);
  };
}

function bitStep(name: string, operand: Value): (value: Int32 | Long) => Int32 | Long {
  const operation = Object.hasOwn(BIT_OPERATIONS, name) ? BIT_OPERATIONS[name] : undefined;
  if (operation === undefined) {
    throw badValue(
      `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator`,
    );
  }
  if (!isInt32(operand) && !isLong(operand)) {
    throw badValue(
      `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(operand)}' is not supported here: {${name}: ${show(operand)}}`,
    );
  }
  return (value) => {
    const result = operation(toBigInt(value), toBigInt(operand));
    return isInt32(value) && isInt32(operand)
      ? new Int32(Number(BigInt.asIntN(32, result)))
      : Long.fromBigInt(BigInt.asIntN(64, result));
  };
}
