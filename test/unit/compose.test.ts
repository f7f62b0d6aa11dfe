import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { silentLog } from '../../src/base/log.js';
import { compose } from '../../src/compose.js';
import { readConfig } from '../../src/config.js';

it('closes all that it can, whatever fails, and says what did', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-compose-'));
  const config = readConfig({ DATA_DIR: dir });
  const first = await compose(config, silentLog);
  vi.spyOn(first.house.jobRunner, 'drain').mockRejectedValueOnce(new Error('stuck'));

  await expect(first.close()).rejects.toMatchObject({ errors: [{ message: 'stuck' }] });

  // The folder of the engine, which one process has for itself, is free again.
  const second = await compose(config, silentLog);
  await second.close();
  await rm(dir, { recursive: true });
});
