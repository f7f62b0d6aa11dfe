import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

const PAGE_BYTES = 4096;

/** Numbers that look random and are the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = (seed + 1) * 0x9e3779b1;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x6d2b79f5;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

type Change = (file: number, pages: number, random: (below: number) => number) => void;

const overwrite = (file: number, page: number, bytes: Buffer): void =>
  void writeSync(file, bytes, 0, bytes.length, page * PAGE_BYTES);

const CHANGES: Readonly<Record<string, Change>> = {
  'a byte': (file, pages, random) => {
    writeSync(file, Buffer.of(random(256)), 0, 1, random(pages * PAGE_BYTES));
  },
  'a byte of a header or a meta page': (file, pages, random) => {
    const at = random(2) === 0 ? random(2) * PAGE_BYTES + random(170) : random(pages) * PAGE_BYTES + random(64);
    writeSync(file, Buffer.of(random(256)), 0, 1, at);
  },
  'a page, by zeros': (file, pages, random) => overwrite(file, random(pages), Buffer.alloc(PAGE_BYTES)),
  'a page, by noise': (file, pages, random) => {
    overwrite(file, random(pages), Buffer.from(Array.from({ length: PAGE_BYTES }, () => random(256))));
  },
  'a page, by another': (file, pages, random) => {
    const page = Buffer.alloc(PAGE_BYTES);
    readSync(file, page, 0, PAGE_BYTES, random(pages) * PAGE_BYTES);
    overwrite(file, random(pages), page);
  },
  'a sector, by zeros': (file, pages, random) => {
    writeSync(file, Buffer.alloc(512), 0, 512, random(pages * 8) * 512);
  },
};

/** Changes one thing in a file. @returns what */
export function damage(path: string, seed: number): string {
  const random = randomOf(seed);
  const kinds = Object.keys(CHANGES);
  const kind = kinds[seed % kinds.length] ?? '';
  const file = openSync(path, 'r+');
  CHANGES[kind]?.(file, Math.floor(fstatSync(file).size / PAGE_BYTES), random);
  closeSync(file);
  return kind;
}
