import type { Binary, BSONRegExp, Double, ObjectId, Timestamp } from 'bson';
import { bytesOf } from './compare.js';
import { asDocument, typeName } from './types.js';
import type { Document, Value } from './types.js';

const MAX_SHOWN = 1000;

/** A value as mongod writes it in its messages; a long one is cut. */
export function show(value: Value): string {
  const text = render(value, { left: MAX_SHOWN });
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

/** How many more values are written before the rest is left out. */
type Room = { left: number };

function render(value: Value, room: Room): string {
  room.left -= 1;
  if (room.left < 0) return '...';
  switch (typeName(value)) {
    case 'object':
      return renderFields(asDocument(value) ?? {}, room);
    case 'array':
      return renderElements(value as Value[], room);
    default:
      return renderScalar(value);
  }
}

function renderFields(document: Document, room: Room): string {
  const names = Object.keys(document);
  if (names.length === 0) return '{}';
  return `{ ${names
    .slice(0, room.left + 1)
    .map((name) => `${name}: ${render(document[name], room)}`)
    .join(', ')} }`;
}

function renderElements(elements: readonly Value[], room: Room): string {
  if (elements.length === 0) return '[]';
  return `[ ${elements
    .slice(0, room.left + 1)
    .map((element) => render(element, room))
    .join(', ')} ]`;
}

function renderScalar(value: Value): string {
  switch (typeName(value)) {
    case 'missing':
      return 'MISSING';
    case 'string':
    case 'symbol':
      return JSON.stringify(String(value).slice(0, MAX_SHOWN));
    case 'date':
      return `new Date(${(value as Date).getTime()})`;
    case 'objectId':
      return `ObjectId('${(value as ObjectId).toHexString()}')`;
    case 'double':
      return renderDouble((value as Double).value);
    case 'binData':
      return `BinData(${(value as Binary).sub_type}, ${Buffer.from(bytesOf(value as Binary).subarray(0, MAX_SHOWN))
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
