import { isNumber } from '../values/types.js';
import type { Document } from '../values/types.js';
import type { TextField } from '../values/env.js';
import type { CommandContext } from './context.js';

/** The fields of the text index of the command's collection, each with its weight; undefined if it has none. */
export function textFieldsOf({
  store,
  database,
  name,
  body,
}: Pick<CommandContext, 'store' | 'database' | 'name' | 'body'>): TextField[] | undefined {
  const collection = typeof body[name] === 'string' ? store.collection(`${database}.${body[name]}`) : undefined;
  const spec = collection?.indexes.find(
    ({ isInert, spec }) => isInert && Object.values(keyOf(spec)).includes('text'),
  )?.spec;
  if (spec === undefined) return undefined;
  const weights = (spec.weights ?? {}) as Document;
  const indexed = Object.entries(keyOf(spec)).flatMap(([path, kind]) => (kind === 'text' ? [path] : []));
  return [...new Set([...indexed, ...Object.keys(weights)])].map((path) => {
    const weight = weights[path];
    return { path, weight: isNumber(weight) ? Number(weight.toString()) : 1 };
  });
}

const keyOf = ({ key }: Document): Document => key as Document;
