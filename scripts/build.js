import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Compiles `src` into `dist`. Ends the process, and leaves `dist` as it was, if it does not compile. */
export function build() {
  const made = compile();
  rmSync(stampIn(dist), { force: true });
  putInPlace(made);
}

/** Builds if nothing was built yet, or something has changed since. */
export function buildIfNeeded() {
  if (isBuilt()) return;
  process.stderr.write('Building …\n');
  putInPlace(compile());
}

/** Returns a folder beside `dist`, so that nobody ever meets half of a build. */
function compile() {
  removeLeftovers();
  const made = `${dist}.${process.pid}`;
  mkdirSync(made);
  // Before it compiles: what is changed meanwhile is newer.
  writeFileSync(stampIn(made), '');
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(
    process.execPath,
    [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', made],
    { stdio: 'inherit' },
  );
  if (status === 0) return made;
  rmSync(made, { recursive: true });
  process.exit(status ?? 1);
}

/** What builds have left that were killed. */
function removeLeftovers() {
  for (const name of readdirSync(root)) {
    const pid = Number(/^dist\.(\d+)/.exec(name)?.[1]);
    if (pid === process.pid || (pid > 0 && !isAlive(pid))) rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Another process may have built the same meanwhile, and be loading it: that stays.
 *
 * @param {string} made
 */
function putInPlace(made) {
  const before = `${made}.before`;
  if (existsSync(dist) && !isBuilt()) renameSync(dist, before);
  if (isFresh(before)) renameSync(before, dist);
  try {
    renameSync(made, dist);
  } catch (error) {
    if (!isBuilt()) throw error;
    rmSync(made, { recursive: true });
  }
  rmSync(before, { recursive: true, force: true });
}

/** Whether `dist` is what the source makes. */
export function isBuilt() {
  return isFresh(dist);
}

/** @param {string} folder */
function isFresh(folder) {
  const stamp = statSync(stampIn(folder), { throwIfNoEntry: false });
  const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  return stamp !== undefined && newestOf(sources) < stamp.mtimeMs;
}

/** @param {string} folder */
function stampIn(folder) {
  return join(folder, '.built');
}

/** @param {readonly string[]} names Files and folders of the project. */
function newestOf(names) {
  const paths = names.flatMap((name) => {
    const path = join(root, name);
    if (!statSync(path).isDirectory()) return [path];
    return [path, ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((inside) => join(path, inside))];
  });
  return Math.max(...paths.map((path) => statSync(path).mtimeMs));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
