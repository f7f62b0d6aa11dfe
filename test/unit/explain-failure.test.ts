import { expect, it } from 'vitest';
import { explainFailure } from '../../src/explain-failure.js';

const failed = (syscall: string, code: string) =>
  Object.assign(new Error(`${code}: ${syscall} failed`), { syscall, code });

it.each([
  ['listen', 'EADDRINUSE', 'PORT'],
  ['listen', 'EACCES', 'PORT'],
  ['listen', 'EADDRNOTAVAIL', 'HOST'],
  ['getaddrinfo', 'ENOTFOUND', 'HOST'],
  ['mkdir', 'EACCES', 'DATA_DIR'],
  ['mkdir', 'ENOTDIR', 'DATA_DIR'],
  ['write', 'ENOSPC', 'DATA_DIR'],
])('says of %s %s what can be done, and names %s', (syscall, code, setting) => {
  const text = explainFailure(failed(syscall, code));

  expect(text).toMatch(new RegExp(`\\b${setting}\\b`));
  expect(text).toContain(`${code}: ${syscall} failed`);
});

it('shows all of what it does not know', () => {
  const bug = failed('listen', 'EBUG');

  expect(explainFailure(bug)).toBe(bug);
});
