import type { Binary, BSONRegExp, Double, ObjectId, Timestamp } from 'bson';
import { bytesOf } from './compare.js';
import { asDocument, typeName } from './types.js';
import type { Value } from './types.js';

const MAX_SHOWN = 1000;

/** A value as mongod writes it in its messages; a long one is cut. */
export function show(value: Value): string {
  const text = render(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

function render(value: Value): string {
  switch (typeName(value)) {
    case 'missing':
      return 'MISSING';
    case 'string':
    case 'symbol':
      return JSON.stringify(value);
    case 'object':
      return renderFields(Object.entries(asDocument(value) ?? {}));
    case 'array':
      return renderElements(value as Value[]);
    case 'date':
      return `new Date(${(value as Date).getTime()})`;
    case 'objectId':
      return `ObjectId('${(value as ObjectId).toHexString()}')`;
    case 'double':
      return renderDouble((value as Double).value);
    case 'binData':
      return `BinData(${(value as Binary).sub_type}, ${Buffer.from(bytesOf(value as Binary))
        .toString('hex')
        .toUpperCase()})`;
    case 'timestamp':
      return `Timestamp(${(value as Timestamp).t}, ${(value as Timestamp).i})`;
    case 'regex':
      return `/${(value as BSONRegExp).pattern}/${(value as BSONRegExp).options}`;
    case 'minKey':
      return 'MinKey';
    case 'maxKey':
      return 'MaxKey';
    default:
      return String(value);
  }
}

const renderDouble = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

const renderFields = (fields: [string, Value][]): string =>
  fields.length === 0 ? '{}' : `{ ${fields.map(([name, value]) => `${name}: ${render(value)}`).join(', ')} }`;

const renderElements = (elements: readonly Value[]): string =>
  elements.length === 0 ? '[]' : `[ ${elements.map(render).join(', ')} ]`;
