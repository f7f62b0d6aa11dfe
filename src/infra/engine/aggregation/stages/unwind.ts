import { Long } from 'bson';
import { located } from '../../errors.js';
import { addToTree, compute, newTree } from '../../query/projection-tree.js';
import { splitPath, valueAtFields } from '../../values/path.js';
import { isDocument, typeName } from '../../values/types.js';
import type { Document, Value } from '../../values/types.js';
import type { PipelineEnv, Stage } from '../env.js';

type Options = { readonly path: string; readonly indexField: string | undefined; readonly keepsEmpty: boolean };

/** One document for each element of the array; a value that is no array is its own only element. */
export function unwindStage(argument: Value, env: PipelineEnv): Stage {
  const { path, indexField, keepsEmpty } = readOptions(argument);
  const parts = splitPath(path);
  let element: Value;
  let index: Value;
  const elementTree = newTree();
  addToTree(elementTree, path, () => element);
  const indexTree = newTree();
  if (indexField !== undefined) addToTree(indexTree, indexField, () => index);
  const withIndex = (document: Document, at: number | null): Document => {
    index = at === null ? null : Long.fromNumber(at);
    return compute(document, indexTree, document);
  };
  const withElement = (document: Document, value: Value, at: number | null): Document => {
    element = value;
    return withIndex(compute(document, elementTree, document), at);
  };
  return function* unwound(source: Iterable<Document>) {
    for (const document of source) {
      env.checkTime();
      const value = valueAtFields(document, parts);
      if (Array.isArray(value) && value.length > 0) {
        for (const [at, inner] of (value as Value[]).entries()) {
          env.checkTime();
          yield withElement(document, inner, at);
        }
      } else if (Array.isArray(value)) {
        if (keepsEmpty) yield withElement(document, undefined, null);
      } else if (keepsEmpty || (value !== undefined && value !== null)) yield withIndex(document, null);
    }
  };
}

function readOptions(argument: Value): Options {
  if (typeof argument === 'string') return { path: pathOf(argument), indexField: undefined, keepsEmpty: false };
  if (!isDocument(argument)) {
    throw located(
      15981,
      `expected either a string or an object as specification for $unwind stage, got ${typeName(argument)}`,
    );
  }
  const known = ['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'];
  const unknown = Object.keys(argument).find((name) => !known.includes(name));
  if (unknown !== undefined) throw located(28811, `unrecognized option to $unwind stage: ${unknown}`);
  if (!('path' in argument)) throw located(28812, 'no path specified to $unwind stage');
  if (typeof argument.path !== 'string') {
    throw located(28808, `expected a string as the path for $unwind stage, got ${typeName(argument.path)}`);
  }
  const { includeArrayIndex: indexField, preserveNullAndEmptyArrays: keepsEmpty = false } = argument;
  if (typeof keepsEmpty !== 'boolean') {
    throw located(
      28809,
      `expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got ${typeName(keepsEmpty)}`,
    );
  }
  return { path: pathOf(argument.path), indexField: indexFieldOf(indexField), keepsEmpty };
}

function pathOf(path: string): string {
  if (path === '') throw located(28812, 'no path specified to $unwind stage');
  if (!path.startsWith('$')) {
    throw located(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  }
  return path.slice(1);
}

function indexFieldOf(value: Value): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') {
    throw located(28810, 'expected a non-empty string for the includeArrayIndex option to $unwind stage');
  }
  if (value.startsWith('$')) {
    throw located(28822, `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${value}`);
  }
  return value;
}
