/** `npm run tomato -- COMMAND`: what the people who run the server do from its machine. */
import { AppError } from '../base/errors.js';
import { ConfigError, processEnv, readConfig } from '../config.js';
import { StoreError } from '../infra/engine/store/store-errors.js';
import { doctor } from './doctor.js';
import { resetUserPassword } from './reset-user-password.js';

const USAGE = `Usage: npm run tomato -- COMMAND

  serve                       starts the server, as npm start does
  doctor                      looks whether everything that the server needs is there
  user reset-password NAME    sets a new password for who is locked out, prints it, and ends all their sessions

Settings are those of the server: see .env.example.`;

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const isExpected = error instanceof AppError || error instanceof ConfigError || error instanceof StoreError;
  console.error(isExpected ? error.message : error);
  // Not `exitCode`: what was opened before the failure may still be running.
  process.exit(1);
}

/** @returns The code to exit with. */
async function run([command, ...words]: readonly string[]): Promise<number> {
  const [verb, name, ...tooMany] = words;
  if (command === 'serve' && words.length === 0) {
    await import('../main.js');
    return Number(process.exitCode ?? 0);
  }
  if (command === 'doctor' && words.length === 0) return (await doctor(processEnv())) ? 0 : 1;
  if (command === 'user' && verb === 'reset-password' && name !== undefined && tooMany.length === 0) {
    await resetUserPassword(readConfig(processEnv()), name);
    return 0;
  }
  console.error(USAGE);
  return command === undefined || command === 'help' ? 0 : 1;
}
