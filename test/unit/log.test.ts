import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createLog } from '../../src/base/log.js';

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
  const child = spawn(
    process.execPath,
    ['--import', '@oxc-node/core/register', '--input-type=module', '--eval', PROGRAM],
    { stdio: ['ignore', disk.fd, 'pipe'] },
  );
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
