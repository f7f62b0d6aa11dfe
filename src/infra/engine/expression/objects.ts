import { Int32, serialize } from 'bson';
import { located } from '../errors.js';
import { checkBounds } from '../values/bounds.js';
import { fieldOf, putField } from '../values/path.js';
import { show } from '../values/show.js';
import { asDocument, isBinary, isDocument, isNullish, isNumber, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { unary, variadic } from './operator.js';
import type { Compiler, Evaluate, Operator, Operators } from './operator.js';

/** Later fields win and keep the place of the first. */
function mergeObjects(values: readonly Value[], name: string): Value {
  const merged: Document = {};
  const list = values.length === 1 && Array.isArray(values[0]) ? (values[0] as Value[]) : values;
  for (const value of list) {
    if (isNullish(value)) continue;
    const document = asDocument(value);
    if (document === undefined) {
      throw located(40400, `${name} requires object inputs, but input ${show(value)} is of type ${typeName(value)}`);
    }
    for (const [field, inner] of Object.entries(document)) putField(merged, field, inner);
  }
  return checkBounds(merged);
}

function objectToArray(value: Value): Value {
  if (isNullish(value)) return null;
  const document = asDocument(value);
  if (document === undefined) {
    throw located(40390, `$objectToArray requires a document input, found: ${typeName(value)}`);
  }
  return Object.entries(document).map(([k, v]) => ({ k, v }));
}

function arrayToObject(value: Value): Value {
  if (isNullish(value)) return null;
  if (!Array.isArray(value)) throw located(40386, `$arrayToObject requires an array input, found: ${typeName(value)}`);
  const document: Document = {};
  const isPairs = Array.isArray(value[0]);
  for (const entry of value as Value[]) {
    const [name, field] = isPairs ? pairOf(entry) : entryOf(entry);
    putField(document, name, field);
  }
  return document;
}

function pairOf(entry: Value): [string, Value] {
  if (!Array.isArray(entry)) {
    throw located(
      40396,
      `$arrayToObject requires a consistent input format. Elements must all be arrays or all be objects. Array was detected, now found: ${typeName(entry)}`,
    );
  }
  if (entry.length !== 2) {
    throw located(40397, `$arrayToObject requires an array of size 2 arrays, found array of size: ${entry.length}`);
  }
  const [name, value] = entry as [Value, Value];
  if (typeof name !== 'string') {
    throw located(
      40395,
      `$arrayToObject requires an array of key-value pairs, where the key must be of type string. Found key type: ${typeName(name)}`,
    );
  }
  return [checkKey(name), value];
}

function entryOf(entry: Value): [string, Value] {
  const document = asDocument(entry);
  if (document === undefined) {
    throw located(40398, `Unrecognised input type format for $arrayToObject: ${typeName(entry)}`);
  }
  if (Object.keys(document).length !== 2) {
    throw located(
      40392,
      `$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of keys:${Object.keys(document).length}`,
    );
  }
  if (!('k' in document) || !('v' in document)) {
    throw located(40393, "$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both keys.");
  }
  if (typeof document.k !== 'string') {
    throw located(
      40394,
      `$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of type string. Found type: ${typeName(document.k)}`,
    );
  }
  return [checkKey(document.k), document.v];
}

function checkKey(name: string): string {
  if (name.includes('\0')) throw located(4940400, 'Key field cannot contain an embedded null byte');
  return name;
}

/** A field whose name no path can say, such as one with a dot or a dollar sign. */
const getField: Operator = (argument, compiler, name) => {
  const isNamed = isDocument(argument) && !(Object.keys(argument)[0] ?? '').startsWith('$');
  const parts: Document = isNamed ? argument : { field: argument, input: '$$CURRENT' };
  const unknown = Object.keys(parts).find((part) => part !== 'field' && part !== 'input');
  if (unknown !== undefined) throw located(3041701, `${name} found an unknown argument: ${unknown}`);
  if (!('field' in parts)) throw located(3041702, `${name} requires 'field' to be specified`);
  if (!('input' in parts)) throw located(3041703, `${name} requires 'input' to be specified`);
  const field = compiler.compile(parts.field);
  const input = compiler.compile(parts.input);
  return (root, bindings) => {
    const key = field(root, bindings);
    if (typeof key !== 'string') {
      throw located(3041704, `${name} requires 'field' to evaluate to type String, but got ${typeName(key)}`);
    }
    const value = input(root, bindings);
    if (value === null) return null;
    const document = asDocument(value);
    return document === undefined ? undefined : fieldOf(document, key);
  };
};

const setField: Operator = (argument, compiler, name) =>
  compileSetField(argument, compiler, name, ['field', 'input', 'value']);

const unsetField: Operator = (argument, compiler, name) => {
  const setter = isDocument(argument) ? { ...argument, value: '$$REMOVE' } : argument;
  if (isDocument(argument) && 'value' in argument) throw located(4161101, `${name} found an unknown argument: value`);
  return compileSetField(setter, compiler, name, ['field', 'input', 'value']);
};

function compileSetField(argument: Value, compiler: Compiler, name: string, parts: readonly string[]): Evaluate {
  if (!isDocument(argument)) throw located(4161100, `${name} only supports an object as its argument`);
  const unknown = Object.keys(argument).find((part) => !parts.includes(part));
  if (unknown !== undefined) throw located(4161101, `${name} found an unknown argument: ${unknown}`);
  const missing = parts.find((part) => !(part in argument));
  if (missing !== undefined) throw located(4161102, `${name} requires '${missing}' to be specified`);
  const field = constantName(argument.field, name);
  const input = compiler.compile(argument.input);
  const value = compiler.compile(argument.value);
  return (root, bindings) => {
    const target = input(root, bindings);
    if (isNullish(target)) return null;
    const document = asDocument(target);
    if (document === undefined) throw located(4161105, `${name} requires 'input' to evaluate to type Object`);
    const set = value(root, bindings);
    const copy = { ...document };
    if (set === undefined) delete copy[field];
    else putField(copy, field, set);
    return checkBounds(copy);
  };
}

function constantName(field: Value, name: string): string {
  const literal = isDocument(field) && '$literal' in field ? field.$literal : field;
  if (typeof literal !== 'string') {
    throw located(4161106, `${name} requires 'field' to evaluate to a constant of type String`);
  }
  if (literal === field && literal.startsWith('$')) {
    throw located(
      4161108,
      `'${literal}' is a field path reference which is not allowed in this context. Did you mean {$literal: '${literal}'}?`,
    );
  }
  return literal;
}

function binarySize(value: Value): Value {
  if (isNullish(value)) return null;
  if (typeof value === 'string') return new Int32(Buffer.byteLength(value));
  if (!isBinary(value)) {
    throw located(51276, `$binarySize requires a string or BinData argument, found: ${typeName(value)}`);
  }
  return new Int32(value.position);
}

function bsonSize(value: Value): Value {
  if (isNullish(value)) return null;
  const document = asDocument(value);
  if (document === undefined) throw located(31393, `$bsonSize requires a document input, found: ${typeName(value)}`);
  return new Int32(serialize(document, { ignoreUndefined: true }).byteLength);
}

export const OBJECTS: Operators = {
  $mergeObjects: variadic(mergeObjects),
  $objectToArray: unary(objectToArray),
  $arrayToObject: unary(arrayToObject),
  $getField: getField,
  $setField: setField,
  $unsetField: unsetField,
  $literal: (argument) => () => argument,
  $type: unary((value) => typeName(value)),
  $isNumber: unary((value) => isNumber(value)),
  $binarySize: unary(binarySize),
  $bsonSize: unary(bsonSize),
};
