import { setTimeout as delay } from 'node:timers/promises';
import { EngineError, failedToParse, invalidOptions, notImplemented } from '../errors.js';
import { asDocument, type Document, isNumber } from '../values/types.js';
import { ConnectionDropError } from '../wire/connection.js';
import { booleanArgument, countArgument } from './arguments.js';

/** What the data of a fail point may say; the rest would change what fails, and is refused. */
const KNOWN = new Set([
  'failCommands',
  'errorCode',
  'errorLabels',
  'errInfo',
  'closeConnection',
  'writeConcernError',
  'blockConnection',
  'blockTimeMS',
]);

/** What makes commands fail on purpose, as mongod's `failCommand`: for tests of those who must live with failures. */
export class FailPoint {
  #commands: readonly unknown[] = [];
  #data: Document = {};
  /** How many more commands fail. */
  #left = 0;
  #blockMs = 0;

  /**
   * `{ configureFailPoint: 'failCommand', mode: 'off' | 'alwaysOn' | { times: n }, data: { failCommands, errorCode … } }`
   *
   * @throws {EngineError} 238 for data that is not known here, 72 for a block without its time.
   */
  configure({ configureFailPoint: name, mode, data }: Document): void {
    if (name !== 'failCommand') throw failedToParse(`there is no fail point but failCommand, not ${String(name)}`);
    const given = asDocument(data) ?? {};
    const unknown = Object.keys(given).find((field) => !KNOWN.has(field));
    if (unknown !== undefined) throw notImplemented(`The embedded engine's failCommand does not know '${unknown}'`);
    this.#blockMs = blockOf(given);
    this.#data = given;
    this.#commands = Array.isArray(this.#data.failCommands) ? this.#data.failCommands : [];
    this.#left = timesOf(mode);
  }

  /**
   * Keeps the command waiting, if it is its turn and the fail point was told to.
   *
   * @returns what the reply to the command, which is done, is to say beside its own.
   * @throws what the fail point was told to.
   */
  async strike(command: string): Promise<Document> {
    if (this.#left === 0 || !this.#commands.includes(command)) return {};
    this.#left--;
    const { closeConnection, errorCode, errorLabels, errInfo, writeConcernError } = this.#data;
    if (this.#blockMs > 0) await delay(this.#blockMs);
    if (closeConnection === true) throw new ConnectionDropError('a fail point closes the connection');
    const labels = errorLabels === undefined ? {} : { errorLabels };
    if (errorCode === undefined) return writeConcernError === undefined ? {} : { writeConcernError, ...labels };
    throw new EngineError(Number(errorCode), 'FailPoint', "Failing command via 'failCommand' failpoint", {
      ...labels,
      ...(errInfo === undefined ? {} : { errInfo }),
    });
  }
}

function blockOf(data: Document): number {
  const body = { name: 'failCommand', body: data };
  if (!booleanArgument(body, 'blockConnection')) return 0;
  const time = countArgument(body, 'blockTimeMS');
  if (time === undefined) throw invalidOptions("must specify 'blockTimeMS' when 'blockConnection' is true");
  return time;
}

function timesOf(mode: unknown): number {
  if (mode === 'off') return 0;
  const times = asDocument(mode)?.times;
  return isNumber(times) ? Number(times) : Infinity;
}
