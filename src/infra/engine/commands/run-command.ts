import { commandNotFound, EngineError, invalidOptions } from '../errors.js';
import type { Document } from '../values/types.js';
import type { SlowReads } from '../slow-reads/slow-reads.js';
import type { GroupCommit } from '../store/group-commit.js';
import { namedStorageFailure, OUT_OF_DISK_SPACE } from '../store/storage-failures.js';
import type { Command, Message } from '../wire/op-msg.js';
import type { Reply } from '../wire/reply.js';
import type { Connection, RunCommand } from '../wire/connection.js';
import { countArgument, maxTimeArgument, numberArgument, stringArgument } from './arguments.js';
import { COMMANDS, type CommandSpec } from './commands.js';
import type { CommandContext } from './context.js';
import type { Cursors } from './cursors.js';
import { isSlowCursor, killCursorsOfBoth } from './cursor-commands.js';
import { Deadline, PATIENCE_MS, TooSlowError } from './deadline.js';
import type { FailPoint } from './fail-point.js';
import { checkFields, FIELDS } from './known-fields.js';
import { refusalOf, refuseUnsupported } from './refused.js';

/** What a client may set in the engine itself. */
export type Controls = {
  /** Where it is given, clients may make commands fail. */
  failPoint: FailPoint | undefined;
  /** How often documents are looked for whose time is over. */
  sweepEvery(seconds: number): void;
};

type Needs = {
  commit: GroupCommit;
  cursors: Cursors;
  slowReads: SlowReads;
  controls: Controls;
  hello: (name: string, connection: Connection) => Document;
};

/** Makes what answers commands: reads at once, writes together with all others of the moment. */
export function commandRunner(needs: Needs): RunCommand {
  const answer = answererOf(needs);
  const { controls, hello } = needs;
  return async (message: Message, connection: Connection): Promise<Reply> => {
    const { name, body } = message;
    if (/^(?:hello|ismaster)$/i.test(name)) {
      countArgument({ name, body }, 'maxAwaitTimeMS');
      return { body: hello(name, connection) };
    }
    if (isControl(controls, name, body)) return { body: { ok: 1 } };
    if (controls.failPoint === undefined) return await answer(message, connection);
    const addition = await controls.failPoint.strike(name);
    const reply = await answer(message, connection);
    return { ...reply, body: { ...reply.body, ...addition } };
  };
}

function answererOf({ commit, cursors, slowReads }: Needs): RunCommand {
  return async (message: Message, connection: Connection): Promise<Reply> => {
    const { name, body, documents } = message;
    const spec = specOf(name);
    const known = FIELDS[name];
    if (known !== undefined) checkFields(name, body, known);
    refuseUnsupported(body);
    const database = stringArgument({ name, body }, '$db') ?? 'admin';
    const maxTimeMs = maxTimeArgument({ name, body });
    const deadline = new Deadline(maxTimeMs);
    const context = {
      store: commit.store,
      cursors,
      name,
      body,
      documents,
      database,
      connection,
      deadline,
      now: new Date(),
    };
    const askSlowly = (command: Command): Promise<Reply> => slowReads.run(command, connection.id);
    if (name === 'killCursors') return await killCursorsOfBoth(context, askSlowly);
    if (name === 'getMore' && isSlowCursor(body.getMore)) return await askSlowly(message);
    if (!doesWrite(spec, context)) return await reading(spec, context, slowReads);
    return await writing(spec, context, commit, maxTimeMs);
  };
}

async function writing(
  { run, onFullDisk }: CommandSpec,
  context: CommandContext,
  commit: GroupCommit,
  maxTimeMs: number | undefined,
): Promise<Reply> {
  try {
    return await commit.write(() => {
      context.deadline.restart(maxTimeMs);
      return run(context);
    });
  } catch (error) {
    const isFull = error instanceof EngineError && error.code === OUT_OF_DISK_SPACE;
    if (!isFull || onFullDisk === undefined) throw error;
    return await onFullDisk(context, commit);
  }
}

async function reading(
  { run, mayTakeLong }: CommandSpec,
  context: CommandContext,
  slowReads: SlowReads,
): Promise<Reply> {
  try {
    if (mayTakeLong === true) context.deadline.bePatientFor(PATIENCE_MS);
    return await run(context);
  } catch (error) {
    if (error instanceof TooSlowError) return await slowReads.run(context, context.connection.id);
    throw namedStorageFailure(error);
  }
}

/** Does what a client asks of the engine itself; false for any other command. */
function isControl({ failPoint, sweepEvery }: Controls, name: string, body: Document): boolean {
  if (name === 'configureFailPoint' && failPoint !== undefined) {
    failPoint.configure(body);
    return true;
  }
  if (name !== 'setParameter') return false;
  const seconds = numberArgument({ name, body }, 'ttlMonitorSleepSecs');
  if (seconds === undefined || seconds < 1)
    throw invalidOptions('no option found to set, use help:true to see options');
  sweepEvery(seconds);
  return true;
}

function specOf(name: string): CommandSpec {
  const spec = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (spec !== undefined) return spec;
  throw refusalOf(name) ?? commandNotFound(`no such command: '${name}'`);
}

const doesWrite = ({ writes }: CommandSpec, context: CommandContext): boolean =>
  typeof writes === 'function' ? writes(context) : writes === true;
