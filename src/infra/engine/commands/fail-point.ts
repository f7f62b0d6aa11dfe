import { EngineError, failedToParse } from '../errors.js';
import { asDocument, type Document, isNumber } from '../values/types.js';
import { ConnectionDropError } from '../wire/connection.js';

/** What makes commands fail on purpose, as mongod's `failCommand`: for tests of those who must live with failures. */
export class FailPoint {
  #commands: readonly unknown[] = [];
  #data: Document = {};
  /** How many more commands fail. */
  #left = 0;

  /** `{ configureFailPoint: 'failCommand', mode: 'off' | 'alwaysOn' | { times: n }, data: { failCommands, errorCode … } }` */
  configure({ configureFailPoint: name, mode, data }: Document): void {
    if (name !== 'failCommand') throw failedToParse(`there is no fail point but failCommand, not ${String(name)}`);
    this.#data = asDocument(data) ?? {};
    this.#commands = Array.isArray(this.#data.failCommands) ? this.#data.failCommands : [];
    this.#left = timesOf(mode);
  }

  /** @throws what the fail point was told to, if it is the turn of this command. */
  strike(command: string): void {
    if (this.#left === 0 || !this.#commands.includes(command)) return;
    this.#left--;
    const { closeConnection, errorCode, errorLabels, errInfo } = this.#data;
    if (closeConnection === true) throw new ConnectionDropError('a fail point closes the connection');
    if (errorCode === undefined) return;
    throw new EngineError(Number(errorCode), 'FailPoint', "Failing command via 'failCommand' failpoint", {
      ...(errorLabels === undefined ? {} : { errorLabels }),
      ...(errInfo === undefined ? {} : { errInfo }),
    });
  }
}

function timesOf(mode: unknown): number {
  if (mode === 'off') return 0;
  const times = asDocument(mode)?.times;
  return isNumber(times) ? Number(times) : Infinity;
}
