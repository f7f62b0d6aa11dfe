import { readFileSync } from 'node:fs';

/** Bytes of memory that this process alone takes, files that are mapped into it not counted where the system can tell. */
export function privateMemory(): number {
  return fromSystem() ?? process.memoryUsage.rss();
}

function fromSystem(): number | null {
  try {
    const kibibytes = /^RssAnon:\s+(?<kibibytes>\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.groups;
    return kibibytes ? Number(kibibytes['kibibytes']) * 1_024 : null;
  } catch {
    return null;
  }
}
