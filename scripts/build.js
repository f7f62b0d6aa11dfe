import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist', '.built');

/** Compiles `src` into `dist`. Ends the process if it does not compile. */
export function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, '');
}

/** Builds if nothing was built yet, or something has changed since. */
export function buildIfNeeded() {
  if (isBuilt()) return;
  process.stderr.write('Building …\n');
  build();
}

/** Whether `dist` is what the source makes. */
export function isBuilt() {
  const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  return existsSync(stamp) && newestOf(sources) < statSync(stamp).mtimeMs;
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
