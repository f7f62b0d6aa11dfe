/**
 * Nothing but `fetch`: registers, creates a conversation, streams a turn with a tool call over SSE, and prints it. Exits with 1 where the server
 * is not there or refuses something, or the run fails.
 *
 *     npm start                                # in another terminal
 *     node examples/chat-sse.js [URL]
 */
import { randomBytes, randomUUID } from 'node:crypto';

const url = process.argv[2] ?? 'http://127.0.0.1:4000';

process.on('uncaughtException', ({ message }) => {
  console.error(message);
  process.exit(1);
});

const account = { userName: `example-${randomBytes(4).toString('hex')}`, password: randomBytes(16).toString('hex') };
const { register } = await ask(
  'mutation ($input: RegisterInput!) { register(input: $input) { token user { userName role } } }',
  {
    input: account,
  },
);
console.log(`registered ${register.user.userName} as ${register.user.role}`);

const { createConversation } = await ask(
  'mutation ($input: CreateConversationInput!) { createConversation(input: $input) { id modelName } }',
  { input: { title: 'An example' } },
  register.token,
);
console.log(`created ${createConversation.id}, answered by ${createConversation.modelName}\n`);

const CHAT = `subscription ($message: SendMessageInput!) {
  chatStream(message: $message) {
    __typename seq
    ... on RunStarted { userMessage { text } }
    ... on TextDelta { text }
    ... on ToolCallStarted { name arguments }
    ... on ToolCallFinished { status output }
    ... on RunCompleted { stopReason usage { totalTokens } }
    ... on RunFailed { error { code message } }
  }
}`;
const message = {
  conversationId: createConversation.id,
  text: '지금 서울은 몇 시야? Use the tool time_now.',
  clientMessageId: randomUUID(),
};

for await (const { chatStream: event } of follow(CHAT, { message }, register.token)) show(event);

/** One query or mutation. */
async function ask(query, variables, token) {
  const response = await post('/graphql', 'application/graphql-response+json', { query, variables }, token);
  return dataOf(await response.json());
}

/** One subscription; ends when the server says that it is complete. */
async function* follow(query, variables, token) {
  const response = await post('/graphql/stream', 'text/event-stream', { query, variables }, token);
  if (!response.ok) dataOf(await response.json());
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      if (block.startsWith('event: complete')) return;
      if (!block.startsWith('event: next')) continue;
      yield dataOf(JSON.parse(block.slice(block.indexOf('data: ') + 'data: '.length)));
    }
  }
  throw new Error('The connection was cut: go on with chatStream(runId:, after:).');
}

function dataOf({ data, errors }) {
  if (errors) throw new Error(`${errors[0].extensions.code}: ${errors[0].message}`);
  return data;
}

function post(path, accept, body, token) {
  const headers = { accept, 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) }).catch(({ cause }) => {
    throw new Error(`Nobody answers at ${url}: ${cause.message || cause.code}`);
  });
}

function show(event) {
  switch (event.__typename) {
    case 'RunStarted':
      return console.log(`> ${event.userMessage.text}`);
    case 'TextDelta':
      return process.stdout.write(event.text);
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
