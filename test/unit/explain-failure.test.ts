import { expect, it } from 'vitest';
import { explainFailure } from '../../src/startup/explain-failure.js';

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

it.each([
  'Permission denied: Attempting to setup locks',
  'Read-only file system',
  'No space left on device',
  'ENOSPC: 3 MiB are left on the disk',
  "EACCES: permission denied, mkdir 'data'",
])('says of what the engine meets in its folder, which comes in words alone, what can be done: %s', (message) => {
  const text = explainFailure(new Error(message));

  expect(text).toMatch(/DATA_DIR/);
  expect(text).toContain(message);
});

it('takes a folder that cannot be made for one where nobody can write, or for a link to a disk that is away', () => {
  expect(explainFailure(failed('mkdir', 'ENOENT'))).toBe(
    'The folder cannot be made: nobody can write there, or a link leads nowhere. Set DATA_DIR. (ENOENT: mkdir failed)',
  );
});

it('shows all of what it does not know', () => {
  const bug = failed('listen', 'EBUG');

  expect(explainFailure(bug)).toBe(bug);
});
