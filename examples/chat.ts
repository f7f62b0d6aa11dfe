/**
 * The typed SDK over WebSocket: registers, creates a conversation, streams a turn with a tool call, and prints it. Exits with 1 where the server
 * is not there or refuses something, or the run fails.
 *
 *     npm start                                                              # in another terminal
 *     node --import @oxc-node/core/register examples/chat.ts [URL]
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { RunEvent } from '../src/sdk/chat.js';
import { createTomato } from '../src/sdk/client.js';

const url = process.argv[2] ?? 'http://127.0.0.1:4000';

process.on('uncaughtException', ({ message }) => {
  console.error(message);
  process.exit(1);
});

const account = { userName: `example-${randomBytes(4).toString('hex')}`, password: randomBytes(16).toString('hex') };
const { register: session } = await createTomato({ url }).register({ input: account });
console.log(`registered ${session.user.userName} as ${session.user.role}`);

const tomato = createTomato({ url, token: session.token, webSocket: WebSocket });
const { createConversation: conversation } = await tomato.createConversation(
  { input: { title: 'An example' } },
  // Made once, even if the connection is lost meanwhile and it has to be asked for again.
  { idempotencyKey: randomUUID() },
);
console.log(`created ${conversation.id}, answered by ${conversation.modelName}\n`);

for await (const event of tomato.chat({
  conversationId: conversation.id,
  text: '지금 서울은 몇 시야? Use the tool time_now.',
})) {
  show(event);
}
await tomato.close();

function show(event: RunEvent): void {
  switch (event.__typename) {
    case 'RunStarted':
      return console.log(`> ${event.userMessage.text}`);
    case 'TextDelta':
      return void process.stdout.write(event.text);
    case 'ToolCallStarted':
      return console.log(`[${event.name} ${JSON.stringify(event.arguments)}]`);
    case 'ToolCallFinished':
      return console.log(`[${event.status}: ${event.output}]`);
    case 'RunCompleted':
      return console.log(`\n\n${event.stopReason}, ${event.usage.totalTokens} tokens`);
    case 'RunFailed':
      process.exitCode = 1;
      return console.log(`\n\n${event.error.code}: ${event.error.message}`);
  }
}
