// Loaded into a process that is measured: tells what that process uses, whatever else it does.

/** @type {Record<string, () => unknown>} */
const desk = {
  /** Microseconds of CPU so far, all threads together. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** Bytes that are resident once the garbage is gone. */
  async resident() {
    for (let round = 0; round < 4; round++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return process.memoryUsage().rss;
  },
};

process.on('message', (/** @type {{ id: number, name: string }} */ { id, name }) => {
  const work = desk[name];
  if (work) void Promise.resolve(work()).then((value) => process.send?.({ id, value }));
});
