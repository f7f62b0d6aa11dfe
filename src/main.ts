import { isIPv6 } from 'node:net';
import { createSchema } from './api/schema.js';
import { createServer, type Server } from './api/server.js';
import { createLog, type Log } from './base/log.js';
import { compose, type Composed } from './compose.js';
import { processEnv, readConfig, type Config } from './config.js';
import { explainFailure } from './startup/explain-failure.js';

/** Milliseconds after which a server that was asked to stop is gone, even while a service that it waits for does not answer. */
const STOPPED_WITHIN_MS = 18_000;

/** Milliseconds that readers have to hear how their runs ended, after the grace. */
const HEAR_THE_END_MS = 2_000;

try {
  await serve(readConfig(processEnv()));
} catch (error) {
  console.error(explainFailure(error));
  // Not `exitCode`: what was opened before the failure would keep the process alive.
  process.exit(1);
}

/** Opens everything, serves, and closes in reverse order on SIGTERM or SIGINT: no new runs; live ones end or are kept as they are. What cannot be kept in time is left to recovery. */
async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel);
  surviveFaults(log);
  if (config.unused.length > 0) log.warn({ settings: config.unused }, 'settings are there that count for nothing');
  // Before it serves there is nothing to wait for. But it must listen: a signal that the first process of a container does not listen to does not end it.
  let stop = (_signal: NodeJS.Signals): unknown => process.exit(0);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, (name) => void stop(name));
  const composed = await compose(config, log);
  void composed.lost.then((error) => {
    log.error(
      { error },
      'the document engine has ended, and nothing works without it; it is recovered at the next start',
    );
    process.exit(1);
  });
  await composed.start();
  const { house, objects } = composed;
  const isProduction = config.mode === 'production';
  const { corsOrigins, trustedProxies, host, shutdownGraceMs } = config.server;
  const server = await createServer({
    house,
    schema: await createSchema(),
    isProduction,
    corsOrigins,
    trustedProxies,
    objects,
  });
  // From `stop` on nothing may be awaited here: it would fail as the stores close.
  const hasOwner = await house.needs.users.hasOwner();
  const { port } = await server.listen(host, config.server.port);
  stop = stopping(log, composed, server, shutdownGraceMs);
  // A full disk behind it is no reason not to serve.
  process.stdout.on('error', (error) => log.warn({ error }, 'the welcome could not be printed'));
  console.log(welcome(config, composed, port, hasOwner));
}

/** What ends the process at the first signal; others change nothing. */
function stopping(
  log: Log,
  composed: Composed,
  server: Server,
  graceMs: number,
): (signal: NodeJS.Signals) => Promise<void> {
  const { driver, jobRunner } = composed.house;
  let isStopping = false;
  const giveUp = (error: unknown): never => {
    log.error({ error }, 'could not stop as it should; what was not kept is recovered');
    process.exit(1);
  };
  return async (signal) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => giveUp(new Error(`not stopped within ${STOPPED_WITHIN_MS} ms`)), STOPPED_WITHIN_MS);
    try {
      // Sockets close by themselves once their operations have ended: so their readers hear of runs that are stopped at the end of the grace.
      await Promise.all([driver.drain(graceMs), jobRunner.drain(), server.close(graceMs + HEAR_THE_END_MS)]);
      await composed.close();
    } catch (error) {
      giveUp(error);
    }
    log.info({}, 'stopped');
    process.exit(0);
  };
}

/** A fault of ours that one request meets must not take all the others with it. */
function surviveFaults(log: Log): void {
  const tell = (error: unknown): void => log.error({ error }, 'a fault of ours that nobody caught');
  process.on('unhandledRejection', tell);
  process.on('uncaughtException', tell);
}

/** What who starts the server should know: where it is, what it stands on, and how to sign in. */
function welcome(config: Config, { house, parts }: Composed, port: number, hasOwner: boolean): string {
  const { host, publicUrl } = config.server;
  const url = publicUrl ?? `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const code = house.needs.settings.accounts.ownerCode;
  const first = code ? `register with ownerCode: "${code.reveal()}"` : 'register: the first account becomes the owner';
  return [
    `Tomato is ready at ${url}`,
    `  GraphQL    ${url}/graphql  (HTTP, WebSocket), ${url}/graphql/stream (SSE)`,
    ...(config.mode === 'production' ? [] : [`  GraphiQL   ${url}/graphql  in a browser`]),
    `  Health     ${url}/livez, ${url}/readyz`,
    ...parts.map(({ need, provider }) => `  ${need.padEnd(10)} ${provider}`),
    `  Sign in    ${hasOwner ? 'login with your user name and password' : first}`,
  ].join('\n');
}
