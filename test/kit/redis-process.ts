import { connect } from 'node:net';
import { findProgram, ServerProcess } from './server-process.js';

/** Null where it is not installed. */
export const REDIS = findProgram('redis-server');

/** A `redis-server`, not yet started. It keeps nothing over a restart. */
export function redisProcess({
  port,
  dir,
  databases = 16,
}: {
  port: number;
  dir: string;
  databases?: number;
}): ServerProcess {
  const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir];
  return new ServerProcess({
    program: REDIS ?? 'redis-server',
    args: [...place, '--save', '', '--databases', `${databases}`],
    isReady: () => pong(port),
  });
}

function pong(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('data', (answer) => {
      socket.end();
      if (answer.toString().startsWith('+PONG')) resolve();
      else reject(new Error(answer.toString()));
    });
  });
}
