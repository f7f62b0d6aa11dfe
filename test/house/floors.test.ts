import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importsOf, sourceFiles, type Import } from '../kit/imports.js';

/** What each part of the house may look at: parts of the house, and packages. What stands higher comes later. */
const MAY_SEE = {
  base: { parts: ['base'], packages: /^node:|^pino$/ },
  domain: { parts: ['base', 'domain'], packages: /^node:|^zod$/ },
  infra: { parts: ['base', 'domain', 'infra'], packages: /^(?!.*(graphql|apollo))/ },
  api: {
    parts: ['base', 'domain', 'api'],
    packages: /^node:|graphql|^@apollo\/server|^dataloader$|^negotiator$|^reflect-metadata$|^ws$/,
  },
  sdk: { parts: ['sdk'], packages: /^graphql/ },
  cli: { parts: ['base', 'domain', 'infra', 'api', 'cli', 'roof'], packages: /^node:/ },
  roof: { parts: ['base', 'domain', 'infra', 'api', 'roof'], packages: /^node:|^reflect-metadata$/ },
} as const;

type Part = keyof typeof MAY_SEE;

const PARTS = Object.keys(MAY_SEE) as Part[];

const imports = importsOf('src');

/** The roof is what lies in `src` itself, and what helps it to start. */
function partOf(path: string): string | null {
  if (!path.startsWith('src/')) return null;
  const [, folder = '', ...rest] = path.split('/');
  return rest.length === 0 || folder === 'startup' ? 'roof' : folder;
}

const from = (part: Part) => imports.filter(({ file }) => partOf(file) === part);

const asText = (found: readonly Import[]) => found.map(({ file, target }) => `${file} → ${target}`);

it('has no other parts', () => {
  const parts = new Set(sourceFiles('src').map(partOf));

  expect([...parts].filter((part) => !(PARTS as (string | null)[]).includes(part))).toEqual([]);
});

describe('each part sees only what it may', () => {
  it.each(PARTS)('%s', (part) => {
    const { parts, packages } = MAY_SEE[part];

    const strangers = from(part).filter(({ target }) => {
      const seen = partOf(target);
      return seen === null ? !packages.test(target) : !(parts as readonly string[]).includes(seen);
    });

    expect(asText(strangers)).toEqual([]);
  });
});

it('infra knows the domain by its types alone', () => {
  const tangled = from('infra').filter(({ target, isTypeOnly }) => partOf(target) === 'domain' && !isTypeOnly);

  expect(asText(tangled)).toEqual([]);
});

it('the document engine knows nothing of the house it stands in', () => {
  const engine = imports.filter(({ file }) => file.startsWith('src/infra/engine/'));

  const curious = engine.filter(({ target }) => target.startsWith('src/') && !target.startsWith('src/infra/engine/'));

  expect(engine.length).toBeGreaterThan(0);
  expect(asText(curious)).toEqual([]);
});

it('the outside is met in compose.ts, and one kind of outside does not know another', () => {
  const kindOf = (path: string) => /^src\/infra\/(?<kind>[^/]+)\//.exec(path)?.groups?.['kind'];

  const crossed = imports.filter(({ file, target, isTypeOnly }) => {
    const [own, other] = [kindOf(file), kindOf(target)];
    return own !== undefined && other !== undefined && own !== other && !isTypeOnly;
  });

  expect(asText(crossed)).toEqual([]);
});

it('only config.ts reads the environment', () => {
  const readers = sourceFiles('src').filter((file) => /\bprocess\.env\b/.test(readFileSync(file, 'utf8')));

  expect(readers).toEqual(['src/config.ts']);
});

it('imports never run in a circle', () => {
  expect(firstCircle(imports)).toEqual([]);
});

/** The first circle found, as the files that it goes through. Types count: they too must be read in some order. */
function firstCircle(all: readonly Import[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { file, target } of all) targets.set(file, [...(targets.get(file) ?? []), target]);
  const done = new Set<string>();
  const path: string[] = [];

  function walk(file: string): string[] {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const target of targets.get(file) ?? []) {
      const found = walk(target);
      if (found.length > 0) return found;
    }
    path.pop();
    done.add(file);
    return [];
  }

  for (const file of targets.keys()) {
    const found = walk(file);
    if (found.length > 0) return found;
  }
  return [];
}
