import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim().split('\n');

/** What keys, tokens and addresses with a password look like. */
const SECRETS = [
  /\bsk-[A-Za-z0-9_-]{20,}/,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\bAIza[A-Za-z0-9_-]{30,}/,
  /\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}/,
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
  /\b(?:mongodb(?:\+srv)?|rediss?|https?):\/\/[^\s/:@"'`]*:[^\s/:@"'`$<{]{3,}@[\w.-]+/,
];

/** What a test or a manual makes up says so by its letters. */
const MADE_UP = /abcdefg|0123456|test|example|pass|:pw@|:secret@|hunter2/i;

const holdsSecret = (line: string): boolean =>
  SECRETS.some((secret) => {
    const [found] = secret.exec(line) ?? [];
    return found !== undefined && !MADE_UP.test(found);
  });

describe.skipIf(!existsSync('.git'))('what git holds, or would take', () => {
  const files = git('ls-files', '--cached', '--others', '--exclude-standard').filter(
    (file) => file !== 'package-lock.json' && statSync(file, { throwIfNoEntry: false })?.isFile() === true,
  );

  it('has no secret', () => {
    const found = files.flatMap((file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      return lines.flatMap((line, place) => (holdsSecret(line) ? [`${file}:${place + 1}`] : []));
    });

    expect(files.length).toBeGreaterThan(50);
    expect(found).toEqual([]);
  });

  it('has neither .env nor the data', () => {
    expect(git('check-ignore', '.env', 'data/secret', 'dist/main.js')).toEqual(['.env', 'data/secret', 'dist/main.js']);
  });
});

it('would be found out if it had one', () => {
  const samples = [
    `sk-${'a1'.repeat(12)}`,
    `redis://me:${'x'.repeat(9)}@db`,
    ['-----BEGIN', 'PRIVATE KEY-----'].join(' '),
  ];

  expect(samples.filter((sample) => !holdsSecret(sample))).toEqual([]);
});
