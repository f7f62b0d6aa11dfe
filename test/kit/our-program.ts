import { LOADER } from './loader.js';

const building = (await import(new URL('../../scripts/build.js', import.meta.url).href)) as { isBuilt(): boolean };
const isBuilt = building.isBuilt();

/** What Node is given to run a program of ours: as it was built, where the source has not changed since, because that starts in two thirds of the time. */
export function ourProgram(name: 'main' | 'cli/tomato' | 'infra/engine/serve'): readonly string[] {
  return isBuilt ? ['--enable-source-maps', `dist/${name}.js`] : [...LOADER, `src/${name}.ts`];
}
