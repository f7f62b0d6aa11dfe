import { badValue } from '../errors.js';
import { asDocument, isDocument } from '../values/types.js';
import type { Document, Value } from '../values/types.js';
import type { Matcher } from './field-test.js';

/** How the conditions of an `$elemMatch` are compiled. */
export type ElemMatchParts = {
  readonly isValueCondition: (condition: Document) => boolean;
  /** A test of the field `value`, of which an array is one value. */
  readonly value: (condition: Document) => Matcher;
  readonly document: (filter: Document) => Matcher;
};

const LOGICAL = new Set(['$and', '$or', '$nor', '$where']);

/** Whether an array has an element that satisfies the whole condition. Anything but an array has none. */
export function compileElemMatch(condition: Value, parts: ElemMatchParts): (value: Value) => boolean {
  const isElement = compileElementTest(condition, parts);
  return (value) => Array.isArray(value) && value.some(isElement);
}

function compileElementTest(condition: Value, parts: ElemMatchParts): (element: Value) => boolean {
  if (!isDocument(condition)) throw badValue('$elemMatch needs an Object');
  const [first] = Object.keys(condition);
  if ('$expr' in condition) throw badValue('$expr can only be applied to the top-level document');
  if (first !== undefined && parts.isValueCondition(condition) && !LOGICAL.has(first)) {
    const matches = parts.value(condition);
    return (element) => matches({ value: element });
  }
  const matches = parts.document(condition);
  return (element) => {
    const document = Array.isArray(element) ? Object.fromEntries(element.entries()) : asDocument(element);
    return document !== undefined && matches(document);
  };
}
