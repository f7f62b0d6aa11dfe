import { systemClock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import type { Session } from '../../src/domain/users/session-store.js';
import { LmdbSessionStore } from '../../src/infra/embedded/lmdb-session-store.js';

/** A process that inserts two sessions into the folder it is given, ends one, says when that is done, and waits to be killed. */
const store = new LmdbSessionStore({ dir: process.argv[2]!, clock: systemClock, log: silentLog });

process.on('message', ({ kept, ended }: Record<'kept' | 'ended', Session>) => {
  void (async () => {
    await store.insert(kept);
    await store.insert(ended);
    await store.end(ended.id);
    process.send!('done');
  })();
});
