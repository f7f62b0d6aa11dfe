import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.js';
import type { Env } from '../../src/startup/environment.js';

const example = readFileSync('.env.example', 'utf8');

const listed = parseEnv(example) as Env;

/** The names that `readConfig` asks for; those of files that hold a secret go without saying. */
function namesRead(): string[] {
  const names = new Set<string>();
  readConfig(new Proxy<Env>({}, { get: (_target, name) => void names.add(String(name)) }));
  return [...names].filter((name) => !name.endsWith('_FILE'));
}

it('lists in .env.example every setting that is read, and no other', () => {
  expect(Object.keys(listed).toSorted()).toEqual(namesRead().toSorted());
});

it('gives each its default', () => {
  expect(readConfig(listed)).toEqual(readConfig({}));
});

it('says what each is for, at most three at a time', () => {
  const groups = example.split(/^(?=#)/m).filter((group) => group.includes('='));

  expect(groups.filter((group) => group.trim().split('\n').length > 4)).toEqual([]);
});

it('knows nothing of Kubernetes tools, which are gone', () => {
  expect(Object.keys(listed).filter((name) => name.startsWith('K8S_'))).toEqual([]);
});
