import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openHouse, PASSWORD } from '../kit/house.js';
import { ourProgram } from '../kit/our-program.js';
import { localServer } from '../kit/local-server.js';

// Each starts programs, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 60_000 });

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tomato-cli-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** Runs `npm run tomato -- …` on the data folder of the test. */
async function tomato(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [...ourProgram('cli/tomato'), ...args], {
    env: { PATH: process.env['PATH'], DATA_DIR: dir, ...env },
  });
  const output = Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  const [code] = (await once(child, 'exit')) as [number | null];
  const [printed, complaints] = (await output).map((chunks) => Buffer.concat(chunks as Buffer[]).toString());
  return { code, printed, complaints };
}

describe('user reset-password', () => {
  it('lets somebody in again, and nobody else', async () => {
    const before = await openHouse({ env: { DATA_DIR: dir } });
    const ada = await before.join('ada');
    await before.close();

    const { code, printed = '' } = await tomato(['user', 'reset-password', 'ada']);

    expect(code).toBe(0);
    const [, password = ''] = /^The password of ada is now (\S{20})$/m.exec(printed) ?? [];
    const after = await openHouse({ env: { DATA_DIR: dir } });
    const login = (secret: string) =>
      after.ask('mutation ($input: LoginInput!) { login(input: $input) { user { id } } }', {
        input: { userName: 'ada', password: secret },
      });
    expect(await login(password)).toEqual({ data: { login: { user: { id: ada.id } } } });
    expect(await login(PASSWORD)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await after.ask('{ me { id } }', {}, ada.token)).toMatchObject({
      errors: [{ extensions: { code: 'SESSION_EXPIRED' } }],
    });
    await after.close();
  });

  it('knows who is not there', async () => {
    expect(await tomato(['user', 'reset-password', 'nobody'])).toEqual({
      code: 1,
      printed: '',
      complaints: 'There is no such user.\n',
    });
  });

  it('does not touch the data of a server that runs', async () => {
    const house = await openHouse({ env: { DATA_DIR: dir } });

    const { code, complaints } = await tomato(['user', 'reset-password', 'ada']);

    expect({ code, complaints }).toEqual({ code: 1, complaints: expect.stringMatching(/is in use by another engine/) });
    await house.close();
  });
});

describe('doctor', () => {
  it('finds a bare machine in order', async () => {
    const { code, printed } = await tomato(['doctor']);

    expect({ code, printed }).toEqual({
      code: 0,
      printed: expect.stringMatching(/ok +no model yet: the first start of the server sets them up\n$/),
    });
    expect(printed).not.toContain('wrong');
  });

  it('only looks: what the server has set up stays, also where its settings are not those of who asks', async () => {
    const house = await openHouse({ env: { DATA_DIR: dir } });
    await house.close();
    const asked = [await tomato(['doctor']), await tomato(['doctor'])];

    expect(asked).toEqual(
      asked.map(() => ({
        code: 0,
        printed: expect.stringMatching(/ok +default model: fake-1 of vLLM\n$/),
        complaints: '',
      })),
    );
  });

  it('tells at once, and without a word besides, which services are not there', async () => {
    const services = {
      REDIS_URL: 'redis://127.0.0.1:1',
      S3_ENDPOINT: 'http://127.0.0.1:1',
      S3_ACCESS_KEY: 'key',
      S3_SECRET_KEY: 'secret',
    };

    const { code, printed, complaints } = await tomato(['doctor'], services);

    expect({ code, complaints, wrong: printed?.match(/^wrong.*(?=:)/gm) }).toEqual({
      code: 1,
      complaints: '',
      wrong: ['wrong  Redis is not there', 'wrong  the object store is not there'],
    });
  }, 20_000);

  it('tells what is set and counts for nothing, which is not wrong', async () => {
    const { code, printed } = await tomato(['doctor'], { VLLM_API_KEY: 'k' });

    expect({ code, printed }).toEqual({
      code: 0,
      printed: expect.stringMatching(/^note +VLLM_API_KEY counts for nothing without VLLM_BASE_URL\.$/m),
    });
  });

  it('tells that the server cannot listen at an address that is not of this machine', async () => {
    const { code, printed } = await tomato(['doctor'], { HOST: '192.0.2.1' });

    expect({ code, wrong: printed?.match(/^wrong.*$/gm) }).toEqual({
      code: 1,
      wrong: [expect.stringMatching(/^wrong +This machine does not have that address/)],
    });
  });

  it('tells everything that is wrong with a configuration', async () => {
    const { code, printed } = await tomato(['doctor'], { NODE_ENV: 'production', PORT: 'many' });

    expect({ code, wrong: printed?.match(/^wrong +\w+/gm) }).toEqual({
      code: 1,
      wrong: ['wrong  TOMATO_SECRET', 'wrong  PORT'],
    });
  });
});

it('does not serve in production without a strong secret, and names all that is missing', async () => {
  const { code, printed, complaints } = await tomato(['serve'], {
    NODE_ENV: 'production',
    S3_ENDPOINT: 'http://127.0.0.1:9',
  });

  expect({ code, printed, named: complaints?.match(/^ +- \w+/gm) }).toEqual({
    code: 1,
    printed: '',
    named: ['  - TOMATO_SECRET', '  - S3_ACCESS_KEY', '  - S3_SECRET_KEY'],
  });
});

it('does not stay when something else listens at its address', async () => {
  const address = await localServer(() => {});

  const { code, complaints } = await tomato(['serve'], { PORT: address.split(':')[1] ?? '' });

  expect({ code, complaints }).toEqual({
    code: 1,
    complaints: expect.stringMatching(/^Something else listens at that address already/),
  });
});

it('explains itself to who asks for something else', async () => {
  const { code, complaints } = await tomato(['user', 'delete', 'ada']);

  expect({ code, complaints }).toEqual({ code: 1, complaints: expect.stringContaining('user reset-password NAME') });
});

it.each([['--help'], ['-h'], ['help'], []])('explains itself to who asks for that: %s', async (...args) => {
  const { code, printed, complaints } = await tomato(args);

  expect({ code, complaints }).toEqual({ code: 0, complaints: '' });
  expect(printed).toContain('user reset-password NAME');
});
