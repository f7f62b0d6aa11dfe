import { isBinary, isDocument } from './types.js';
import type { Value } from './types.js';

/** About how many bytes of memory a value takes: what sorts and groups count against their limit. */
export function roughSize(value: Value): number {
  if (typeof value === 'string') return 24 + value.length * 2;
  if (Array.isArray(value)) return value.reduce<number>((size, element) => size + 8 + roughSize(element), 32);
  if (isDocument(value)) {
    let size = 56;
    for (const name in value) size += 16 + roughSize(value[name]);
    return size;
  }
  return isBinary(value) ? 64 + value.position : 32;
}
