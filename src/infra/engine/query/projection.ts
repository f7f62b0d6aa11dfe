import { located } from '../errors.js';
import { compileExpression } from '../expression/expression.js';
import { compileMeta } from '../expression/meta.js';
import type { QueryEnv } from '../values/env.js';
import { integerOf } from '../values/numbers.js';
import { fieldOf, splitPath } from '../values/path.js';
import { isTruthy } from '../values/truth.js';
import { isDocument, isNumber, typeName } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import { compileValueTest } from './filter.js';
import { isOperatorDocument } from './field-test.js';
import { compilePositional } from './positional.js';
import { addToTree, compute, exclude, include, mapAt, newTree } from './projection-tree.js';
import type { ProjectionTree } from './projection-tree.js';
import { withTextScore } from './text-search.js';

export type Projection = (this: void, document: Document) => Document;

type Kind = 'inclusion' | 'exclusion';

/** A projection while it is read. */
type Draft = {
  readonly tree: ProjectionTree;
  kind: Kind | undefined;
  /** What was said of the whole `_id`, which may be left out of an inclusion. */
  id: boolean | undefined;
  /** Changes to what is kept, from the document as it was: `$slice`, `$elemMatch` and the positional `$`. */
  readonly afterwards: ((kept: Document, document: Document) => Document)[];
  hasPositional: boolean;
  /** Paths of `$slice`, which are kept in an inclusion. */
  readonly sliced: string[];
};

type Language = 'find' | 'aggregate';

/**
 * What `find` gives of a document.
 *
 * @param filter What the documents were found by: the positional `$` takes the element that satisfied it.
 * @throws {EngineError} with mongod's code for what is no valid projection.
 */
export function compileProjection(spec: Document, env: QueryEnv, filter: Document = {}): Projection {
  const draft = readSpec(spec, 'find', env, filter);
  return build(draft);
}

/** The `$project` stage: expressions and inclusion or exclusion, without `find`'s own operators. */
export function compileProjectStage(spec: Document, env: QueryEnv): Projection {
  if (Object.keys(spec).length === 0) {
    throw located(51272, 'Invalid $project :: caused by :: projection specification must have at least one field');
  }
  return build(readSpec(spec, 'aggregate', env, {}));
}

/** The `$addFields` stage: sets fields and keeps all others. */
export function compileAddFields(spec: Document, env: QueryEnv): Projection {
  const tree = newTree();
  addComputedFields(tree, '', spec, env);
  return (document) => compute(document, tree, document);
}

/** The `$unset` stage. */
export function compileUnset(fields: readonly string[]): Projection {
  const tree = newTree();
  for (const field of fields) addToTree(tree, field);
  return (document) => exclude(document, tree);
}

function addComputedFields(tree: ProjectionTree, prefix: string, spec: Document, env: QueryEnv): void {
  for (const [name, value] of Object.entries(spec)) {
    const path = prefix + name;
    if (isDocument(value) && !isOperatorDocument(value) && Object.keys(value).length > 0) {
      addComputedFields(tree, `${path}.`, value, env);
    } else {
      addToTree(tree, path, compileExpression(value, env));
    }
  }
}

function readSpec(spec: Document, language: Language, env: QueryEnv, filter: Document): Draft {
  const draft: Draft = {
    tree: newTree(),
    kind: undefined,
    id: undefined,
    afterwards: [],
    hasPositional: false,
    sliced: [],
  };
  for (const [name, value] of Object.entries(spec)) readField(draft, name, value, { language, env, filter });
  return draft;
}

function build(draft: Draft): Projection {
  const { tree, afterwards } = draft;
  const kind = draft.kind ?? (draft.id === true ? 'inclusion' : 'exclusion');
  if (kind === 'inclusion') {
    if (draft.id !== false && !tree.fields.has('_id')) tree.named.add('_id');
    for (const path of draft.sliced) addSliced(tree, path);
  } else if (draft.id === false) tree.named.add('_id');
  return (document) => {
    const kept = kind === 'inclusion' ? compute(include(document, tree), tree, document) : exclude(document, tree);
    return afterwards.reduce((result, change) => change(result, document), kept);
  };
}

function addSliced(tree: ProjectionTree, path: string): void {
  const [first = ''] = splitPath(path);
  if (!tree.named.has(first) && !tree.named.has(path)) addToTree(tree, path);
}

type Reading = { readonly language: Language; readonly env: QueryEnv; readonly filter: Document };

function readField(draft: Draft, path: string, value: Value, reading: Reading): void {
  if (isNumber(value) || typeof value === 'boolean') readFlag(draft, path, isTruthy(value), reading);
  else if (isDocument(value)) readDocument(draft, path, value, reading);
  else addComputed(draft, path, value, reading);
}

function readFlag(draft: Draft, path: string, isKept: boolean, reading: Reading): void {
  if (path === '_id') {
    draft.id = isKept;
    return;
  }
  if (reading.language === 'find' && path.endsWith('.$')) {
    addPositional(draft, path, reading);
    return;
  }
  setKind(draft, isKept ? 'inclusion' : 'exclusion', path);
  addToTree(draft.tree, path);
}

function setKind(draft: Draft, kind: Kind, path: string): void {
  if (draft.kind !== undefined && draft.kind !== kind) {
    throw located(
      kind === 'inclusion' ? 31253 : 31254,
      `Cannot do ${kind} on field ${path} in ${draft.kind} projection`,
    );
  }
  draft.kind = kind;
}

function readDocument(draft: Draft, path: string, value: Document, reading: Reading): void {
  const names = Object.keys(value);
  const [first] = names;
  if (first === undefined) {
    throw located(51270, `An empty sub-projection is not a valid value. Found empty object at path`);
  }
  if (!first.startsWith('$')) {
    for (const name of names) readField(draft, `${path}.${name}`, value[name], reading);
    return;
  }
  if (reading.language === 'find' && first === '$meta') addMeta(draft, path, value.$meta, reading);
  else if (reading.language === 'find' && first === '$slice' && isFindSlice(value.$slice))
    addSlice(draft, path, value.$slice);
  else if (reading.language === 'find' && first === '$elemMatch') addElemMatch(draft, path, value.$elemMatch, reading);
  else addComputed(draft, path, value, reading);
}

/** Added to what is kept, whether fields are named to be kept or to be left out. */
function addMeta(draft: Draft, path: string, argument: Value, { env, filter }: Reading): void {
  const tree = newTree();
  addToTree(tree, path, compileMeta(argument, withTextScore(env, filter)));
  draft.afterwards.push((kept, document) => compute(kept, tree, document));
}

function addComputed(draft: Draft, path: string, value: Value, { env }: Reading): void {
  setKind(draft, 'inclusion', path);
  addToTree(draft.tree, path, compileExpression(value, env));
}

/** In `find`, a number or two; otherwise it is the expression of the same name. */
function isFindSlice(argument: Value): boolean {
  return isNumber(argument) || (Array.isArray(argument) && argument.length === 2 && argument.every(isNumber));
}

function addSlice(draft: Draft, path: string, argument: Value): void {
  const [first, second] = Array.isArray(argument) ? argument : [undefined, argument];
  const count = integerOf(second) ?? 0;
  const skip = integerOf(first);
  if (skip !== undefined && count <= 0) {
    throw located(28724, 'First argument to $slice must be an array, but is of type: int');
  }
  draft.sliced.push(path);
  const parts = splitPath(path);
  draft.afterwards.push((kept) => mapAt(kept, parts, 0, (value) => sliceOf(value, skip, count)) as Document);
}

function sliceOf(value: Value, skip: number | undefined, count: number): Value {
  if (!Array.isArray(value)) return value;
  if (skip === undefined) return count < 0 ? value.slice(count) : value.slice(0, count);
  const from = skip < 0 ? Math.max(0, value.length + skip) : skip;
  return value.slice(from, from + count);
}

function addElemMatch(draft: Draft, path: string, condition: Value, { env }: Reading): void {
  if (path.includes('.')) throw located(31275, 'Cannot use $elemMatch projection on a nested field');
  if (!isDocument(condition)) {
    throw located(31274, `elemMatch: Invalid argument, object required, but got ${typeName(condition)}`);
  }
  setKind(draft, 'inclusion', path);
  const hasMatch = compileValueTest({ $elemMatch: condition }, env);
  addToTree(draft.tree, path, (document) => {
    const array = fieldOf(document, path);
    if (!Array.isArray(array)) return undefined;
    const found = array.findIndex((element) => hasMatch([element]));
    return found < 0 ? undefined : [array[found]];
  });
}

function addPositional(draft: Draft, path: string, { env, filter }: Reading): void {
  const array = path.slice(0, -2);
  if (draft.hasPositional) {
    throw located(31276, 'Cannot specify more than one positional projection per query.');
  }
  if (array.includes('.$')) {
    throw located(31394, `As of 4.4, it's illegal to specify positional operator in the middle of a path.`);
  }
  draft.hasPositional = true;
  setKind(draft, 'inclusion', path);
  addToTree(draft.tree, array);
  const positionIn = compilePositional(filter, env);
  const parts = splitPath(array);
  draft.afterwards.push((kept, document) => {
    const whole = firstArrayOn(document, parts);
    if (whole === undefined) return kept;
    const position = positionIn(document, whole);
    if (position === undefined) {
      throw located(
        51246,
        "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
      );
    }
    return mapAt(kept, splitPath(whole), 0, (value) =>
      Array.isArray(value) ? value.slice(position, position + 1) : value,
    ) as Document;
  });
}

/** The path of the first array that the path meets. */
function firstArrayOn(document: Document, parts: readonly string[]): string | undefined {
  let value: Value = document;
  for (const [at, part] of parts.entries()) {
    value = isDocument(value) ? fieldOf(value, part) : undefined;
    if (Array.isArray(value)) return parts.slice(0, at + 1).join('.');
  }
  return undefined;
}
