import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Manifest = {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
};

type Locked = {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
};

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const manifest = read('package.json') as Manifest;

const locked = Object.entries((read('package-lock.json') as { packages: Record<string, Locked> }).packages)
  .filter(([path]) => path !== '')
  .map(([path, lock]) => ({ name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), ...lock }));

it('names one exact version of whatever is needed', () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };

  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

it('locks every package to what it contained', () => {
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(({ integrity }) => !integrity?.startsWith('sha512-')).map(({ name }) => name)).toEqual([]);
});

it('leaves it to each machine where packages come from', () => {
  expect(locked.filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});

describe('holds what has known holes at a version without them', () => {
  it.each([
    ['@apollo/server', [5, 5, 0]],
    ['ws', [8, 21, 0]],
    ['mongoose', [9, 7, 2]],
  ] as const)('%s', (name, least) => {
    const versions = locked.filter((lock) => lock.name === name).map(({ version }) => version);

    expect(versions.length).toBeGreaterThan(0);
    expect(versions.filter((version) => isOlder(version, least))).toEqual([]);
  });
});

it("runs nobody's install script", () => {
  const scripted = locked.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name);

  expect(scripted.filter((name) => manifest.allowScripts[name] !== false)).toEqual([]);
});

it('has an agent loop of its own, and no agent framework', () => {
  const FRAMEWORK =
    /langchain|langgraph|llamaindex|autogen|crewai|mastra|copilotkit|semantic-kernel|^ai$|^@ai-sdk\/|openai-agents|^@openai\/agents/;

  expect(locked.map(({ name }) => name).filter((name) => FRAMEWORK.test(name))).toEqual([]);
});

function isOlder(version: string, least: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [place, part] of least.entries()) {
    if (parts[place] !== part) return (parts[place] ?? 0) < part;
  }
  return false;
}
