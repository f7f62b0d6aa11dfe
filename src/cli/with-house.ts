import { createLog } from '../base/log.js';
import { compose, type Composed } from '../compose.js';
import type { Config } from '../config.js';

/**
 * Opens the house as the server does, but sets nothing to work, since a server may be at work on the same stores, and closes it whatever happens. Who gives
 * a command wants to hear at once which service is not there.
 *
 * @throws as {@link compose}.
 */
export async function withHouse<Result>(config: Config, use: (composed: Composed) => Promise<Result>): Promise<Result> {
  const composed = await compose(config, createLog('warn'), { waitMs: 0 });
  try {
    return await use(composed);
  } finally {
    await composed.house.driver.drain(0);
    await composed.close();
  }
}
