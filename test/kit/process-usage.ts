import { readFileSync } from 'node:fs';

/** In which Linux counts the time of processes: 100 a second, for whoever asks. */
const TICK_MS = 10;

/** Whether this system tells what the functions below ask. */
export const TELLS_USAGE = process.platform === 'linux';

/** Milliseconds of one core that a process used so far, all its threads together. */
export function cpuMsOf(pid: number): number {
  // The second field is the program's name, in brackets, and may hold spaces; of those after it, these are its own time and the kernel's for it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

/** Bytes of memory that a process holds, without what it shares with files: those the system takes back when it likes. */
export function ownBytesOf(pid: number): number {
  const [, kib = ''] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return 1024 * Number(kib);
}
