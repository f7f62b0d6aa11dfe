// Runs one of the programs in dist, such as `main.js`, and builds it first where that is needed.
import { pathToFileURL, fileURLToPath } from 'node:url';
import { buildIfNeeded } from './build.js';

const [program = 'main.js'] = process.argv.splice(2, 1);
const path = fileURLToPath(new URL(`../dist/${program}`, import.meta.url));

buildIfNeeded();
process.setSourceMapsEnabled(true);
process.argv[1] = path;
await import(pathToFileURL(path).href);
