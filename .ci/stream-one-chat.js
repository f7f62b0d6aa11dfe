// Starts the built server on an empty data folder, with the Node that runs this, and streams one chat with a tool call from it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TIMEOUT_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'tomato-ci-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const server = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js'], {
  env: { PATH: process.env.PATH, PORT: String(port), DATA_DIR: join(folder, 'data') },
  stdio: ['ignore', 'inherit', 'inherit'],
});
try {
  await untilReady();
  const { stdout, stderr } = spawnSync(process.execPath, ['examples/chat-sse.js', url], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  console.log(`${process.version}\n${stdout}${stderr}`);
  if (!/\[time_now .*\n\[SUCCEEDED: /.test(stdout) || !/^ANSWER, /m.test(stdout))
    throw new Error('The chat did not go as it should.');
  server.kill('SIGTERM');
  const [code] = await once(server, 'exit');
  if (code !== 0) throw new Error(`The server ended with ${code}.`);
} finally {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function untilReady() {
  const end = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const isReady = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    if (server.exitCode !== null || Date.now() > end) throw new Error('The server did not start.');
    await sleep(100);
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}
