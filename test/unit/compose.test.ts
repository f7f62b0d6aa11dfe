import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
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

it('removes uploads that a killed server has left unfinished in a data folder of its own', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-compose-'));
  const incoming = join(dir, 'objects', '.incoming');
  await mkdir(incoming, { recursive: true });
  await writeFile(join(incoming, 'left'), 'half');

  const composed = await compose(readConfig({ DATA_DIR: dir }), silentLog);

  expect(await readdir(incoming)).toEqual([]);
  await composed.close();
  await rm(dir, { recursive: true });
});

it('lets go of what it has opened where it cannot open all', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-compose-'));
  const config = readConfig({ DATA_DIR: dir });
  await writeFile(join(dir, 'sessions'), 'not a folder');

  await expect(compose(config, silentLog)).rejects.toMatchObject({ code: 'EEXIST' });

  await rm(join(dir, 'sessions'));
  const second = await compose(config, silentLog);
  await second.close();
  await rm(dir, { recursive: true });
});

it('names all services that are missing, and does not wait for them where the start fails in any case', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tomato-compose-'));
  const config = readConfig({
    DATA_DIR: dir,
    MONGO_URL: 'mongodb://127.0.0.1/?nonsense=1',
    REDIS_URL: 'redis://127.0.0.1:1',
    S3_ENDPOINT: 'http://127.0.0.1:1',
    S3_ACCESS_KEY: 'a key',
    S3_SECRET_KEY: 'another key',
  });

  await expect(compose(config, silentLog)).rejects.toMatchObject({
    problems: [
      expect.stringMatching(/^MONGO_URL is not an address/),
      expect.stringMatching(/^Redis is not there/),
      expect.stringMatching(/^the object store is not there/),
    ],
  });
  await rm(dir, { recursive: true });
});
