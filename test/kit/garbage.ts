import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** As `--expose-gc` gives it, without a flag for the whole process. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}
