/** `npm run tomato -- COMMAND`: what the people who run the server do from its machine. */
import { processEnv, readConfig } from '../config.js';
import { explainFailure } from '../startup/explain-failure.js';

const USAGE = `Usage: npm run tomato -- COMMAND

  serve                       starts the server, as npm start does
  doctor                      looks whether everything that the server needs is there
  user reset-password NAME    sets a new password for who is locked out, prints it, and ends all their sessions

Settings are those of the server: see .env.example.`;

const HELP: ReadonlySet<string> = new Set(['help', '--help', '-h']);

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(explainFailure(error));
  // Not `exitCode`: what was opened before the failure would keep the process alive.
  process.exit(1);
}

/** Loads no more than the command needs: the whole house takes a second or two. @returns The code to exit with. */
async function run([command, ...words]: readonly string[]): Promise<number> {
  const [verb, name, ...tooMany] = words;
  if (command === 'serve' && words.length === 0) {
    await import('../main.js');
    return 0;
  }
  if (command === 'doctor' && words.length === 0) {
    const { doctor } = await import('./doctor.js');
    return (await doctor(processEnv())) ? 0 : 1;
  }
  if (command === 'user' && verb === 'reset-password' && name !== undefined && tooMany.length === 0) {
    const { resetUserPassword } = await import('./reset-user-password.js');
    await resetUserPassword(readConfig(processEnv()), name);
    return 0;
  }
  if (command === undefined || HELP.has(command)) {
    console.log(USAGE);
    return 0;
  }
  console.error(USAGE);
  return 1;
}
