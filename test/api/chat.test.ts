import { afterAll, beforeAll, expect, it } from 'vitest';
import { callTool, say, stall } from '../kit/fake-llm.js';
import { kindsOf, textOf } from '../kit/chat-stream.js';
import { collect, openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let ada: Person;
beforeAll(async () => {
  house = await openHouse();
  ada = await house.join('ada');
});
afterAll(() => house.close());

const READ = /* GraphQL */ `
  query ($id: ID!) {
    conversation(id: $id) {
      title
      activeRun {
        id
      }
      usage {
        inputTokens
        outputTokens
        totalTokens
        isEstimated
      }
      messages {
        nodes {
          id
          role
          status
          text
          parts {
            __typename
            ... on TextPart {
              text
            }
            ... on ReasoningPart {
              text
            }
            ... on ToolCallPart {
              callId
              name
              arguments
              status
              output
            }
          }
        }
      }
    }
  }
`;
type Read = {
  conversation: {
    messages: { nodes: { id: string; role: string; status: string; text: string; parts: unknown[] }[] };
    [field: string]: unknown;
  };
};

it('streams an agent that thinks, calls a tool and answers, and keeps every message', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([
    callTool('time_now', { timeZone: 'Asia/Seoul' }, { id: 'call_1', reasoning: 'I need the time.' }),
    say('지금은 아홉 시입니다.'),
  ]);

  const events = await ada.turn(conversationId, '몇 시야?');

  expect(kindsOf(events)).toEqual([
    'RunStarted',
    'StepStarted',
    'ReasoningDelta',
    'ToolCallStarted',
    'ToolCallFinished',
    'StepStarted',
    'TextDelta',
    'RunCompleted',
  ]);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.find(({ __typename }) => __typename === 'ToolCallFinished')).toMatchObject({
    status: 'SUCCEEDED',
    output: expect.stringContaining('+09:00') as string,
  });
  expect(events.at(-1)).toMatchObject({
    stopReason: 'ANSWER',
    message: { text: '지금은 아홉 시입니다.', status: 'COMPLETE' },
    usage: { inputTokens: 20, outputTokens: 10 },
  });

  const { conversation } = await ada.get<Read>(READ, { id: conversationId });
  expect(conversation.messages.nodes).toMatchObject([
    { role: 'USER', status: 'COMPLETE', text: '몇 시야?' },
    {
      role: 'ASSISTANT',
      status: 'COMPLETE',
      parts: [
        { __typename: 'ReasoningPart', text: 'I need the time.' },
        {
          __typename: 'ToolCallPart',
          callId: 'call_1',
          name: 'time_now',
          arguments: { timeZone: 'Asia/Seoul' },
          status: 'SUCCEEDED',
        },
        { __typename: 'TextPart', text: '지금은 아홉 시입니다.' },
      ],
    },
  ]);
  expect(conversation).toMatchObject({
    activeRun: null,
    usage: { inputTokens: 20, outputTokens: 10, totalTokens: 30, isEstimated: false },
  });
});

it('streams the same over SSE', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([say('one two three')]);

  const events = await collect(ada.chatBySse({ message: { conversationId, text: 'count', clientMessageId: 'sse-1' } }));

  expect(textOf(events)).toBe('one two three');
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted', message: { text: 'one two three' } });
});

it('brings the first words before the model has finished', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([stall('first words')]);
  const stream = ada.chat({ message: { conversationId, text: 'go', clientMessageId: 'hang-1' } });

  let runId = '';
  for await (const event of stream) {
    runId = event['runId'] as string;
    if (event.__typename === 'TextDelta') break;
  }

  expect(await ada.get('query ($id: ID!) { run(id: $id) { status } }', { id: runId })).toEqual({
    run: { status: 'RUNNING' },
  });
  await ada.get('mutation ($id: ID!) { cancelRun(runId: $id) { id } }', { id: runId });
  const events = await collect(ada.chat({ runId }));
  expect(events.at(-1)).toMatchObject({
    __typename: 'RunCancelled',
    message: { text: 'first words', status: 'PARTIAL' },
  });
});

it('remembers what was said before', async () => {
  const conversationId = await ada.createConversation({ instructions: 'Be brief.' });
  house.llm.script([say('Hello Ada.'), say('Ada.')]);
  await ada.turn(conversationId, 'I am Ada.');
  const before = house.llm.requests.length;

  await ada.turn(conversationId, 'Who am I?');

  const messages = house.llm.requests[before]?.body.messages ?? [];
  expect(messages[0]).toMatchObject({ role: 'system', content: expect.stringContaining('Be brief.') as string });
  expect(messages.slice(1).map(({ role, content }) => [role, content])).toEqual([
    ['user', 'I am Ada.'],
    ['assistant', 'Hello Ada.'],
    ['user', 'Who am I?'],
  ]);
});

it('gives a whole turn in one answer, without a stream', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([say('42')]);

  const { invokeChat } = await ada.get<{ invokeChat: unknown }>(
    'mutation ($input: SendMessageInput!) { invokeChat(input: $input) { run { status stopReason } message { text } } }',
    { input: { conversationId, text: 'answer?' } },
  );

  expect(invokeChat).toEqual({ run: { status: 'COMPLETED', stopReason: 'ANSWER' }, message: { text: '42' } });
});

it('lets a reader who was away have the rest by `after`, and one who was there all along nothing more', async () => {
  const conversationId = await ada.createConversation();
  house.llm.script([say('a b c d e', { everyMs: 5 })]);
  const all = await ada.turn(conversationId, 'letters');
  const runId = all[0]?.['runId'] as string;

  for (const { seq } of all) expect(await collect(ada.chat({ runId, after: seq }))).toEqual(all.slice(seq));
});

it('answers twenty senders of one message with one run and one call of the model', async () => {
  const conversationId = await ada.createConversation();
  const before = house.llm.requests.length;
  house.llm.script([say('once')]);
  const send = () =>
    ada.get<{ sendMessage: { run: { id: string } } }>(
      'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { run { id } } }',
      {
        input: { conversationId, text: 'hi', clientMessageId: 'twenty' },
      },
    );

  const sent = await Promise.all(Array.from({ length: 20 }, send));

  expect(new Set(sent.map(({ sendMessage }) => sendMessage.run.id)).size).toBe(1);
  await collect(ada.chat({ runId: sent[0]!.sendMessage.run.id }));
  expect(house.llm.requests.length - before).toBe(1);
});

it('sends the model only the tools that the message allows', async () => {
  const conversationId = await ada.createConversation();
  const before = house.llm.requests.length;
  house.llm.script([say('ok'), say('ok')]);

  await ada.turn(conversationId, 'with one', { toolNames: ['time_now'] });
  await ada.turn(conversationId, 'with none', { toolNames: [] });

  const named = house.llm.requests.slice(before).map(({ body }) => body.tools?.map((tool) => tool.function.name));
  expect(named).toEqual([['time_now'], undefined]);
});
