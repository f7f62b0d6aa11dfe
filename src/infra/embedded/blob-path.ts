import { join, sep } from 'node:path';

/** A segment that is a good file name everywhere, also where upper and lower case are the same, and that none of our marks begin or end. */
const PLAIN = /^(?!.*\.blob$)[a-z0-9_-](?:[a-z0-9._-]{0,198}[a-z0-9_-])?$/;

/** Ends the file of an object, so that it can stand beside the folder of the same name. */
const OBJECT = '.blob';

/** Begins a segment that is written in hexadecimal. */
const HEX = '=';

/** Ends a piece of a segment that goes on in the next folder: file names have at most 255 bytes. */
const CONTINUED = '+';
const PIECE_CHARS = 200;

/** Where the object of that key lies. Two keys never share a path, and no path leads out of its folder. */
export function pathOfKey(key: string): string {
  return `${pathOfSegments(key.split('/'))}${OBJECT}`;
}

/** The folder in which every object lies whose key begins with `prefix`. */
export function folderOfPrefix(prefix: string): string {
  return pathOfSegments(prefix.split('/').slice(0, -1));
}

/** Null for a file that is no object. */
export function keyOfPath(path: string): string | null {
  if (!path.endsWith(OBJECT)) return null;
  const names = path
    .slice(0, -OBJECT.length)
    .replaceAll(CONTINUED + sep, '')
    .split(sep);
  return names.map(segmentOf).join('/');
}

function pathOfSegments(segments: readonly string[]): string {
  return join(...segments.map(nameOf));
}

function nameOf(segment: string): string {
  if (PLAIN.test(segment)) return segment;
  const hex = HEX + Buffer.from(segment).toString('hex');
  const pieces = hex.match(new RegExp(`.{1,${PIECE_CHARS}}`, 'g')) ?? [];
  return pieces.join(CONTINUED + sep);
}

function segmentOf(name: string): string {
  return name.startsWith(HEX) ? Buffer.from(name.slice(HEX.length), 'hex').toString() : name;
}
