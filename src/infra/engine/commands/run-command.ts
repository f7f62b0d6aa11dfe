import { commandNotFound } from '../errors.js';
import type { Document } from '../values/types.js';
import type { GroupCommit } from '../store/group-commit.js';
import type { Message } from '../wire/op-msg.js';
import type { Reply } from '../wire/reply.js';
import type { Connection, RunCommand } from '../wire/connection.js';
import { maxTimeArgument, stringArgument } from './arguments.js';
import { COMMANDS, type CommandSpec } from './commands.js';
import type { CommandContext } from './context.js';
import type { Cursors } from './cursors.js';
import { Deadline } from './deadline.js';
import type { FailPoint } from './fail-point.js';
import { checkFields, FIELDS } from './known-fields.js';
import { refusalOf, refuseUnsupported } from './refused.js';

type Needs = {
  commit: GroupCommit;
  cursors: Cursors;
  /** Where it is given, clients may make commands fail. */
  failPoint: FailPoint | undefined;
  hello: (name: string, connection: Connection) => Document;
};

/** Makes what answers commands: reads at once, writes together with all others of the moment. */
export function commandRunner({ commit, cursors, failPoint, hello }: Needs): RunCommand {
  return async (message: Message, connection: Connection): Promise<Reply> => {
    const { name, body, documents } = message;
    if (/^(?:hello|ismaster)$/i.test(name)) return { body: hello(name, connection) };
    if (failPoint !== undefined && name === 'configureFailPoint') {
      failPoint.configure(body);
      return { body: { ok: 1 } };
    }
    failPoint?.strike(name);
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
    if (!doesWrite(spec, context)) return await spec.run(context);
    return await commit.write(() => {
      deadline.restart(maxTimeMs);
      return spec.run(context);
    });
  };
}

function specOf(name: string): CommandSpec {
  const spec = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (spec !== undefined) return spec;
  throw refusalOf(name) ?? commandNotFound(`no such command: '${name}'`);
}

const doesWrite = ({ writes }: CommandSpec, context: CommandContext): boolean =>
  typeof writes === 'function' ? writes(context) : writes === true;
