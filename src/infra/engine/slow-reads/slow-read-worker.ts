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
import { failureAnswer, type Question, replyAnswer, type SlowReadData } from './messages.js';

const port = parentPort;
if (port === null) throw new Error('slow-read-worker runs in a worker thread; use SlowReads');

const { dir, noSync } = workerData as SlowReadData;
// The end of the thread closes it.
const store = new Store({ file: DataFile.beside(dir, noSync), close: () => Promise.resolve() });
const cursors = new Cursors(SLOW_CURSORS_FROM);

async function answer({ name, body, connectionId }: Question & { kind: 'ask' }): Promise<Reply> {
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

port.on('message', (question: Question) => {
  if (question.kind === 'forget') cursors.killOf(question.namespace);
  else if (question.kind === 'reap') cursors.reap();
  else if (question.kind === 'ask') {
    const { id } = question;
    void answer(question).then(
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      (reply) => port.postMessage(replyAnswer(id, reply)),
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      (error: unknown) => port.postMessage(failureAnswer(id, namedStorageFailure(error))),
    );
  }
});
