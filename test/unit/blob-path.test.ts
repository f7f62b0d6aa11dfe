import { isAbsolute, normalize } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkKey } from '../../src/infra/blob-rules.js';
import { folderOfPrefix, keyOfPath, pathOfKey } from '../../src/infra/embedded/blob-path.js';

const keys = fc
  .array(
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[a-z0-9._+=-]+$/), fc.constant('x'.repeat(255))),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((segments) => segments.join('/'))
  .filter(isKey);

it('leads from every key to a path, and from there back to the key', () => {
  fc.assert(
    fc.property(keys, (key) => {
      expect(keyOfPath(pathOfKey(key))).toBe(key);
    }),
  );
});

it('never leads out of the folder, and makes no name longer than a file system takes', () => {
  fc.assert(
    fc.property(keys, (key) => {
      const path = pathOfKey(key);

      expect(isAbsolute(path)).toBe(false);
      expect(normalize(path)).toBe(path);
      expect(path.split('/').every((name) => /^[a-z0-9._=+-]{1,255}$/.test(name) && !/^\.+/.test(name))).toBe(true);
    }),
  );
});

it('finds below the folder of a prefix whatever begins with it', () => {
  fc.assert(
    fc.property(keys, fc.nat(), (key, length) => {
      const prefix = key.slice(0, length % (key.length + 1));

      const folder = folderOfPrefix(prefix);
      expect(folder === '.' || pathOfKey(key).startsWith(`${folder}/`)).toBe(true);
    }),
  );
});

it('takes no other file for an object', () => {
  expect(keyOfPath('.incoming/0b5ca1e5')).toBeNull();
});

function isKey(text: string): boolean {
  try {
    checkKey(text);
    return true;
  } catch {
    return false;
  }
}
