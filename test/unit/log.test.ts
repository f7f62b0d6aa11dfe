import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ReplyError } from 'ioredis';
import { expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { createLog } from '../../src/base/log.js';
import { LOADER } from '../kit/loader.js';

/** Fails every write as a full disk does. */
const FULL_DISK = '/dev/full';

const PROGRAM = `
  import { createLog } from './src/base/log.ts';
  const log = createLog('info');
  for (let i = 0; i < 3; i++) {
    log.info({ text: 'x'.repeat(600_000) }, 'a record');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  process.stderr.write('went on');
  process.exit(0);
`;

it.skipIf(!existsSync(FULL_DISK))('goes on and ends while its disk is full', async () => {
  const disk = await open(FULL_DISK, 'w');
  const child = spawn(process.execPath, [...LOADER, '--input-type=module', '--eval', PROGRAM], {
    stdio: ['ignore', disk.fd, 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()));

  const [code] = (await once(child, 'exit')) as [number | null];

  expect({ code, said }).toEqual({ code: 0, said: 'went on' });
  await disk.close();
});

it('adds the fields of those that it came from, each once, and strikes out secrets among them', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });

  log.child({ requestId: 'a', token: 'ey…' }).child({ requestId: 'a.1' }).info({ runId: 'run_a' }, 'run ended');
  log.info({}, 'something else');

  expect(lines.map((line) => line.replace(/"time":"[^"]+"/, '"time":"…"'))).toEqual([
    '{"level":"info","time":"…","requestId":"a.1","token":"[secret]","runId":"run_a","msg":"run ended"}\n',
    '{"level":"info","time":"…","msg":"something else"}\n',
  ]);
});

/** As ioredis throws it: with the command that was refused. */
const refused = (message: string, ...args: readonly string[]) =>
  Object.assign(new ReplyError(message), { command: { name: 'eval', args } });

it('writes what an error says and where it came from, what ours tell beside that, but nothing of the command that failed', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  const gathered = new AggregateError([refused('WRONGPASS', 'hunter2')], 'nobody answered');
  const cause = Object.assign(refused('OOM', 'what ada wrote'), { code: 'EOOM', cause: gathered });

  log.warn(
    { error: new AppError('SERVICE_UNAVAILABLE', 'Redis is away.', { isRetryable: true }, { cause }) },
    'not kept',
  );

  const { error } = JSON.parse(lines.join('')) as { error: unknown };
  const stack = expect.stringContaining('log.test.ts') as string;
  expect(error).toEqual({
    type: 'AppError',
    message: 'Redis is away.',
    code: 'SERVICE_UNAVAILABLE',
    details: { isRetryable: true },
    stack,
    cause: {
      type: 'ReplyError',
      message: 'OOM',
      code: 'EOOM',
      stack,
      cause: {
        type: 'AggregateError',
        message: 'nobody answered',
        stack,
        errors: [{ type: 'ReplyError', message: 'WRONGPASS', stack }],
      },
    },
  });
});

it('writes an error that is its own cause', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  const error = new Error('round and round');
  error.cause = new AggregateError([error], 'and round', { cause: error });

  log.error({ error }, 'odd');

  expect(lines).toEqual([expect.stringContaining('"msg":"odd"')]);
  expect(lines.join('').length).toBeLessThan(1_000_000);
});

it.each([
  [null, 'no Error, but null'],
  [undefined, 'no Error, but undefined'],
  [Symbol('gone'), 'no Error, but Symbol(gone)'],
  [{ password: 'hunter2' }, 'no Error, but an object'],
  [() => 'hunter2', 'no Error, but a function'],
  ['gone', 'gone'],
  [404, 404],
])('writes what was thrown that is no error: %s', (thrown, written) => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });

  log.child({ runId: 'run_a' }).error({ error: thrown }, 'odd');
  log.error({ error: new Error('around it', { cause: thrown }) }, 'odd');

  const [bare, cause] = lines.map((line) => (JSON.parse(line) as { error: unknown }).error);
  expect(bare).toBe(written);
  if (thrown !== undefined) expect(cause).toMatchObject({ message: 'around it', cause: written });
});

it('says nothing of an error where there was none', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });

  log.info({ runId: undefined }, 'fine');

  expect(JSON.parse(lines.join(''))).toEqual({ level: 'info', time: expect.any(String) as string, msg: 'fine' });
});
