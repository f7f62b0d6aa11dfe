// Loaded into a process that is measured: tells what that process uses, whatever else it does.

import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/** @type {Record<string, () => unknown>} */
const desk = {
  /** Microseconds of CPU so far, all threads together. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** Bytes of memory of its own, without files that are mapped, once the garbage is gone and its place is given back. */
  async memory() {
    const session = new Session();
    session.connect();
    const workers = await workersOf(session);
    for (let round = 0; round < 4; round++) {
      // As V8 does where memory runs out: in Node 20 `gc()` leaves tens of megabytes that nothing holds, however often it is called.
      await session.post('HeapProfiler.collectGarbage');
      for (const sessionId of workers)
        await session.post('NodeWorker.sendMessageToWorker', { sessionId, message: COLLECT });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    session.disconnect();
    return 1024 * Number(/RssAnon:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  },
};

const COLLECT = JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' });

/**
 * Each thread has a heap of its own, and only its own inspector collects it.
 *
 * @param {Session} session
 * @returns {Promise<readonly string[]>} The session of each worker's inspector.
 */
async function workersOf(session) {
  /** @type {string[]} */
  const workers = [];
  session.on('NodeWorker.attachedToWorker', ({ params }) => workers.push(params.sessionId));
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  return workers;
}

process.on('message', (/** @type {{ id: number, name: string }} */ { id, name }) => {
  const work = desk[name];
  if (work) void Promise.resolve(work()).then((value) => process.send?.({ id, value }));
});
