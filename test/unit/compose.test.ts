import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { silentLog } from '../../src/base/log.js';
import { compose } from '../../src/compose.js';
import { ConfigError, readConfig } from '../../src/config.js';
import { openTogether } from '../../src/startup/open-parts.js';

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

it('closes what it has opened, last first, before it says what is missing, and tells the operator what could not be closed', async () => {
  const order: unknown[] = [];
  const log = { ...silentLog, error: ({ error }: { error?: unknown }) => void order.push(error) };
  const part = (need: string, close: () => Promise<void>) =>
    Promise.resolve({ provided: need, part: { need, provider: 'here' }, check: () => Promise.resolve(), close });
  const closing = async (need: string): Promise<void> => {
    await setImmediate();
    order.push(need);
  };

  const opening = openTogether({ waitMs: 0, log }, () => [
    part('first', () => closing('first')),
    part('second', () => closing('second').then(() => Promise.reject(new Error('stuck')))),
    Promise.reject(new ConfigError(['third is missing'])),
  ]);

  await expect(opening).rejects.toMatchObject({ problems: ['third is missing'] });
  expect(order).toEqual(['second', 'first', expect.objectContaining({ errors: [new Error('stuck')] })]);
});
