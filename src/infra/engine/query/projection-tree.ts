import { located } from '../errors.js';
import { checkBounds, isContainer } from '../values/bounds.js';
import { REFERENCE_FIELDS, fieldOf, putField, splitPath } from '../values/path.js';
import type { Path } from '../values/path.js';
import { asDocument, isDocument } from '../values/types.js';
import type { Document, Value } from '../values/types.js';

type Compute = (root: Document) => Value;

/** What is to be done with the fields of a document, and of the documents within it. */
export type ProjectionTree = {
  /** Fields that are named, to be kept or to be left out. */
  readonly named: Set<string>;
  /** Fields that are computed, or that have a tree of their own, in the order in which they were added. */
  readonly fields: Map<string, Compute | ProjectionTree>;
  /** Whether anything is computed here or below. */
  hasComputed: boolean;
};

export const newTree = (): ProjectionTree => ({ named: new Set(), fields: new Map(), hasComputed: false });

/**
 * Adds a field to the tree.
 *
 * @param compute Absent for a field that is only named.
 * @throws {EngineError} 31249, 31250 when a path and a longer one are both there.
 */
export function addToTree(tree: ProjectionTree, path: string, compute?: Compute): void {
  const parts = splitPath(path);
  let node = tree;
  for (const [at, part] of parts.entries()) {
    checkPart(part, path);
    if (compute !== undefined) node.hasComputed = true;
    if (at === parts.length - 1) {
      if (node.named.has(part) || node.fields.has(part)) throw located(31250, `Path collision at ${path}`);
      if (compute === undefined) node.named.add(part);
      else node.fields.set(part, compute);
      return;
    }
    if (node.named.has(part) || typeof node.fields.get(part) === 'function') {
      throw located(31249, `Path collision at ${path} remaining portion ${parts.slice(at + 1).join('.')}`);
    }
    node = childOf(node, part) ?? putChild(node, part);
  }
}

function childOf(tree: ProjectionTree, name: string): ProjectionTree | undefined {
  const field = tree.fields.get(name);
  return typeof field === 'function' ? undefined : field;
}

function putChild(tree: ProjectionTree, name: string): ProjectionTree {
  const child = newTree();
  tree.fields.set(name, child);
  return child;
}

function checkPart(part: string, path: string): void {
  if (part === '') {
    if (path === '') throw located(40352, 'FieldPath cannot be constructed with empty string');
    throw path.endsWith('.')
      ? located(40353, "FieldPath must not end with a '.'.")
      : located(15998, 'FieldPath field names may not be empty strings.');
  }
  if (part.startsWith('$') && !REFERENCE_FIELDS.has(part)) {
    throw located(16410, "FieldPath field names may not start with '$'. Consider using $getField or $setField.");
  }
}

/** Only the named fields, in the document's order. In an array, what is no document is left out. */
export function include(document: Document, tree: ProjectionTree): Document {
  const kept: Document = {};
  for (const name of Object.keys(document)) {
    const value = document[name];
    if (tree.named.has(name)) putField(kept, name, value);
    else {
      const child = childOf(tree, name);
      const inner = child === undefined ? undefined : includeIn(value, child);
      if (inner !== undefined) putField(kept, name, inner);
    }
  }
  return kept;
}

function includeIn(value: Value, tree: ProjectionTree): Value {
  const document = asDocument(value);
  if (document !== undefined) return include(document, tree);
  if (!Array.isArray(value)) return undefined;
  return value.map((element) => includeIn(element, tree)).filter((element) => element !== undefined);
}

/** All but the named fields. */
export function exclude(document: Document, tree: ProjectionTree): Document {
  const kept: Document = {};
  for (const name of Object.keys(document)) {
    if (tree.named.has(name)) continue;
    const child = childOf(tree, name);
    putField(kept, name, child === undefined ? document[name] : excludeIn(document[name], child));
  }
  return kept;
}

function excludeIn(value: Value, tree: ProjectionTree): Value {
  const document = asDocument(value);
  if (document !== undefined) return exclude(document, tree);
  return Array.isArray(value) ? value.map((element) => excludeIn(element, tree)) : value;
}

/**
 * Sets the computed fields, all of them computed from `root`. A field without a value is taken away. Through an array,
 * each element gets the field; what is no document on the way becomes one.
 */
export function compute(document: Document, tree: ProjectionTree, root: Document): Document {
  if (!tree.hasComputed) return document;
  const changed = { ...document };
  let mayBeLarge = false;
  for (const [name, field] of tree.fields) {
    const value = typeof field === 'function' ? field(root) : computeIn(fieldOf(document, name), field, root);
    if (value === undefined) delete changed[name];
    else putField(changed, name, value);
    mayBeLarge ||= typeof field === 'function' && isContainer(value);
  }
  return mayBeLarge ? checkBounds(changed) : changed;
}

function computeIn(value: Value, tree: ProjectionTree, root: Document): Value {
  const document = asDocument(value);
  if (document !== undefined) return compute(document, tree, root);
  if (Array.isArray(value)) return value.map((element) => computeIn(element, tree, root));
  return tree.hasComputed ? compute({}, tree, root) : value;
}

/** Replaces the values at a path, through arrays and without counting into them. */
export function mapAt(value: Value, path: Path, at: number, change: (value: Value) => Value): Value {
  if (Array.isArray(value) && at > 0) {
    return value.map((element) => (isDocument(element) ? mapAt(element, path, at, change) : element));
  }
  const name = path[at] ?? '';
  if (!isDocument(value) || !Object.hasOwn(value, name)) return value;
  const copy = { ...value };
  putField(copy, name, at === path.length - 1 ? change(value[name]) : mapAt(value[name], path, at + 1, change));
  return copy;
}
