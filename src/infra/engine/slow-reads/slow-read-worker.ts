import { parentPort, workerData } from 'node:worker_threads';
import { maxTimeArgument, stringArgument } from '../commands/arguments.js';
import { COMMANDS } from '../commands/commands.js';
import { Cursors, SLOW_CURSORS_FROM } from '../commands/cursors.js';
import { Deadline } from '../commands/deadline.js';
import { decode } from '../store/bson.js';
import { DataFile } from '../store/data-file.js';
import { namedStorageFailure } from '../store/storage-failures.js';
import { Store } from '../store/store.js';
import type { Reply } from '../wire/reply.js';
import { type Answer, failureAnswer, type Question, replyAnswer, type SlowReadData } from './messages.js';

const port = parentPort;
if (port === null) throw new Error('slow-read-worker runs in a worker thread; use SlowReads');

const { dir, noSync } = workerData as SlowReadData;
// The end of the thread closes it.
const store = new Store({ file: DataFile.beside(dir, noSync), close: () => Promise.resolve() });
const cursors = new Cursors(SLOW_CURSORS_FROM);

type Asked = Question & { kind: 'ask' };

async function run({ name, body, connectionId }: Asked): Promise<Reply> {
  const command = { name, body: decode(body) };
  const spec = COMMANDS[name];
  if (spec === undefined) throw new Error(`${name} is no command that reads`);
  store.refresh();
  return await spec.run({
    ...command,
    store,
    cursors,
    documents: undefined,
    database: stringArgument(command, '$db') ?? 'admin',
    connection: { id: connectionId, address: 'local' },
    deadline: new Deadline(maxTimeArgument(command)),
    now: new Date(),
  });
}

/** Never fails: a reply that cannot be written is a failure of the command, not of the thread. */
async function answer(question: Asked): Promise<Answer> {
  try {
    return replyAnswer(question.id, await run(question));
  } catch (error) {
    return failureAnswer(question.id, namedStorageFailure(error));
  }
}

port.on('message', (question: Question) => {
  if (question.kind === 'forget') cursors.killOf(question.namespace);
  else if (question.kind === 'reap') cursors.reap();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  else void answer(question).then((told) => port.postMessage(told));
});
