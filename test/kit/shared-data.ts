import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * A folder of the data that is shared beside the repository (`SHARED_DIR`, else `../shared`); null where it is not there, and its tests are skipped.
 * In CI it must be there.
 */
export function sharedFolder(name: string): string | null {
  const folder = join(resolve(process.env['SHARED_DIR'] ?? '../shared'), name);
  if (existsSync(folder)) return folder;
  if (process.env['CI']) throw new Error(`${folder} is missing, and CI does not skip: set SHARED_DIR.`);
  return null;
}
