import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ConfigError, readConfig, type Config } from '../config.js';
import { findCallableModel } from '../domain/models/callable-model.js';
import type { Env } from '../startup/environment.js';
import { explainFailure } from '../startup/explain-failure.js';
import { doctor as examineFolder } from '../infra/engine/doctor.js';
import { withHouse } from './with-house.js';

const LEAST_NODE = [20, 19] as const;

/** Prints a line for each thing that the server needs. False if one is not as it should be. */
export async function doctor(env: Env): Promise<boolean> {
  const isNodeGood = tell(isNewEnough(process.versions.node), `Node ${process.versions.node}`);
  const config = checkConfig(env);
  if (config === null) return false;
  const isHostGood = await checkHost(config.server.host);
  const isFolderGood = config.mongoUrl !== null || (await checkFolder(join(config.dataDir, 'documents')));
  return isFolderGood && (await checkHouse(config)) && isHostGood && isNodeGood;
}

function checkConfig(env: Env): Config | null {
  try {
    const config = readConfig(env);
    tell(true, `configuration for ${config.mode}`);
    for (const words of config.unused) console.log(`note   ${words}`);
    return config;
  } catch (error) {
    tellProblems(error);
    return null;
  }
}

/** @throws whatever is no problem of the configuration. */
function tellProblems(error: unknown): void {
  if (!(error instanceof ConfigError)) throw error;
  for (const problem of error.problems) tell(false, problem);
}

/** At any free port, since a server may be at work at its own. */
async function checkHost(host: string): Promise<boolean> {
  const server = createServer().listen(0, host);
  try {
    await once(server, 'listening');
    return tell(true, `this machine can listen at ${host}`);
  } catch (error) {
    return tell(false, String(explainFailure(error)));
  } finally {
    server.close();
  }
}

async function checkFolder(dir: string): Promise<boolean> {
  const reports = await examineFolder(dir);
  const problems = reports.flatMap(({ namespace, problems: found }) =>
    found.map((problem) => `${namespace}: ${problem}`),
  );
  for (const problem of problems) tell(false, problem);
  return problems.length === 0 && tell(true, `every document in ${dir} is whole`);
}

async function checkHouse(config: Config): Promise<boolean> {
  return withHouse(config, async ({ house, parts }) => {
    const { needs, readiness } = house;
    for (const { need, provider } of parts) tell(true, `${need}: ${provider}`);
    const isReady = tell(await readiness.isReady(), 'all of them answer');
    const model = await needs.models.findDefault('CHAT');
    if (model === null) return tell(true, 'no model yet: the first start of the server sets them up') && isReady;
    const { provider } = await findCallableModel(needs, model.id);
    return tell(true, `default model: ${model.displayName} of ${provider.name}`) && isReady;
  }).catch((error: unknown) => {
    tellProblems(error);
    return false;
  });
}

function tell(isGood: boolean, what: string): boolean {
  console.log(`${isGood ? 'ok    ' : 'wrong '} ${what}`);
  return isGood;
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
}
