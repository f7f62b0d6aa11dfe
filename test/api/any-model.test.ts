import { afterAll, beforeAll, expect, it } from 'vitest';
import { kindsOf, textOf, type StreamedEvent } from '../kit/chat-stream.js';
import { callTool, fail, say, type Reply } from '../kit/fake-llm.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';
import { newModel as register } from '../kit/new-model.js';
import { callFunction, refusing } from '../kit/odd-llm.js';

let house: RunningHouse;
let owner: Person;
beforeAll(async () => {
  house = await openHouse();
  owner = await house.join('owner');
});
afterAll(() => house.close());

const newModel = (name: string, more: Record<string, unknown> = {}) => register(house, owner, name, more);

const detectedMode = async (modelId: string) => {
  const { node } = await owner.get<{ node: { detectedToolMode: string | null } }>(
    'query ($id: ID!) { node(id: $id) { ... on Model { detectedToolMode } } }',
    { id: modelId },
  );
  return node.detectedToolMode;
};

it('asks a model by functions that answers 500 to tools, in the same turn, and remembers', async () => {
  const modelId = await newModel('functions-only');
  const conversationId = await owner.createConversation({ modelId });
  const before = house.llm.requests.length;
  house.llm.script([
    refusing('tools', say('never')),
    callFunction('time_now', { timeZone: 'Asia/Seoul' }),
    say('아홉 시입니다.'),
    say('천만에요.'),
  ]);

  const events = await owner.turn(conversationId, '몇 시야?');
  await owner.turn(conversationId, '고마워');

  expect(kindsOf(events)).toEqual([
    'RunStarted',
    'StepStarted',
    'ToolModeChanged',
    'ToolCallStarted',
    'ToolCallFinished',
    'StepStarted',
    'TextDelta',
    'RunCompleted',
  ]);
  const sent = house.llm.requests
    .slice(before)
    .map(({ body }) => [body.tools !== undefined, body['functions'] !== undefined]);
  expect(sent).toEqual([
    [true, false],
    [false, true],
    [false, true],
    [false, true],
  ]);
  expect(await detectedMode(modelId)).toBe('FUNCTIONS');
});

it('lets a model use tools in words that knows neither tools nor functions', async () => {
  const modelId = await newModel('words-only');
  const conversationId = await owner.createConversation({ modelId });
  const before = house.llm.requests.length;
  house.llm.script([
    refusing('tools', say('never')),
    refusing('functions', say('never')),
    say('Thought: 시간을 봐야지.\nAction: time_now\nAction Input: {"timeZone":"Asia/Seoul"}\nObservation: 12시'),
    say('Thought: 알았다.\nFinal Answer: 지금은 아홉 시입니다.'),
  ]);

  const events = await owner.turn(conversationId, '몇 시야?');

  expect(textOf(events)).toBe('지금은 아홉 시입니다.');
  expect(events.find(({ __typename }) => __typename === 'ToolCallFinished')).toMatchObject({ status: 'SUCCEEDED' });
  expect(house.llm.requests.slice(before + 2).map(({ body }) => [body.tools, body['functions']])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect(house.llm.requests.at(-1)?.body.messages.at(-1)).toMatchObject({
    role: 'user',
    content: expect.stringMatching(/^Observation: .*\+09:00/) as string,
  });
  expect(await detectedMode(modelId)).toBe('REACT');
});

it('uses the way that a conversation asks for', async () => {
  const conversationId = await owner.createConversation({ agentMode: 'NONE' });
  house.llm.script([say('plain')]);

  await owner.turn(conversationId, 'hi');

  expect(house.llm.requests.at(-1)?.body.tools).toBeUndefined();
});

it('tells thoughts in tags from the answer', async () => {
  const conversationId = await owner.createConversation();
  house.llm.script([say('<think>음… 인사구나.</think>\n\n안녕하세요.')]);

  const events = await owner.turn(conversationId, '안녕');

  expect(events.map((event) => (event.__typename === 'ReasoningDelta' ? event['reasoning'] : '')).join('')).toBe(
    '음… 인사구나.',
  );
  expect(textOf(events)).toBe('안녕하세요.');
});

it('tells the model its instructions and its tools again in the next turn, and shows people the conversation alone', async () => {
  const conversationId = await owner.createConversation({ instructions: 'Speak like a pirate.' });
  house.llm.script([callTool('time_now', { timeZone: 'UTC' }, { id: 'c1' }), say('Noon, arr.'), say('Arr.')]);

  await owner.turn(conversationId, 'What time is it?');
  await owner.turn(conversationId, 'Thanks.');

  const [first, , next] = house.llm.requests.slice(-3).map(({ body }) => body.messages);
  expect(first?.[0]).toMatchObject({ role: 'system', content: expect.stringContaining('Speak like a pirate.') });
  expect(next).toEqual([
    ...(first ?? []),
    expect.objectContaining({ role: 'assistant', tool_calls: [expect.objectContaining({ id: 'c1' })] }),
    expect.objectContaining({ role: 'tool', tool_call_id: 'c1' }),
    { role: 'assistant', content: 'Noon, arr.' },
    { role: 'user', content: 'Thanks.' },
  ]);
  const { conversation } = await owner.get<{ conversation: unknown }>(
    'query ($id: ID!) { conversation(id: $id) { messages { nodes { role text } } } }',
    { id: conversationId },
  );
  expect(conversation).toEqual({
    messages: {
      nodes: [
        { role: 'USER', text: 'What time is it?' },
        { role: 'ASSISTANT', text: 'Noon, arr.' },
        { role: 'USER', text: 'Thanks.' },
        { role: 'ASSISTANT', text: 'Arr.' },
      ],
    },
  });
});

it('stops a run at its next step when its model is deleted, and the history stays readable', async () => {
  const modelId = await newModel('short-lived');
  const conversationId = await owner.createConversation({ modelId });
  house.llm.script([
    async (response, request) => {
      await owner.get('mutation ($id: ID!) { deleteModel(id: $id) }', { id: modelId });
      return callTool('time_now', { timeZone: 'UTC' })(response, request);
    },
  ]);

  const events = await owner.turn(conversationId, 'hi');

  expect(events.at(-1)).toMatchObject({ __typename: 'RunFailed', error: { code: 'MODEL_UNAVAILABLE' } });
  const { conversation } = await owner.get<{ conversation: unknown }>(
    'query ($id: ID!) { conversation(id: $id) { modelName model { id } messages { nodes { status } } } }',
    { id: conversationId },
  );
  expect(conversation).toEqual({
    modelName: 'short-lived',
    model: null,
    messages: { nodes: [{ status: 'COMPLETE' }, { status: 'FAILED' }] },
  });
  await expect(owner.turn(conversationId, 'again')).rejects.toMatchObject([
    { extensions: { code: 'MODEL_UNAVAILABLE' } },
  ]);
});

it('sums up what does not fit any more, tells the summary from then on, and leaves the messages as they are', async () => {
  const modelId = await newModel('small-window', { contextWindow: 2_048, maxOutputTokens: 256 });
  const conversationId = await owner.createConversation({ modelId });
  const isSummarizer: (request: Parameters<Reply>[1]) => boolean = ({ body }) =>
    String(body.messages[0]?.content).startsWith('You keep the memory');
  house.llm.otherwise((response, request) =>
    say(isSummarizer(request) ? 'The user counts.' : `answer ${'word '.repeat(60)}`)(response, request),
  );
  const turn = (number: number) => owner.turn(conversationId, `question ${number} ${'word '.repeat(60)}`);

  let events: StreamedEvent[] = [];
  let turns = 0;
  while (!events.some(({ __typename }) => __typename === 'HistorySummarized')) events = await turn(++turns);

  const told = house.llm.requests.at(-1)?.body.messages ?? [];
  expect(told[1]?.content).toBe('A summary of our conversation so far:\nThe user counts.');
  expect(told.length).toBeLessThan(2 * turns);
  const { conversation } = await owner.get<{
    conversation: { summary: string; messages: { nodes: { text: string }[] } };
  }>('query ($id: ID!) { conversation(id: $id) { summary messages(first: 100) { nodes { text } } } }', {
    id: conversationId,
  });
  expect(conversation.summary).toBe('The user counts.');
  expect(conversation.messages.nodes).toHaveLength(2 * turns);
  expect(conversation.messages.nodes[0]?.text).toContain('question 1 ');
});

it('tells a model less whose window is smaller than anybody said, and answers', async () => {
  const modelId = await newModel('smaller-than-said');
  const conversationId = await owner.createConversation({ modelId });
  house.llm.otherwise(say('fine'));
  for (let turn = 1; turn <= 8; turn++) await owner.turn(conversationId, `question ${turn} ${'word '.repeat(200)}`);
  const most = JSON.stringify(house.llm.requests.at(-1)?.body.messages).length / 2;
  const error = { message: 'This model has a maximum context length of 1500 tokens.' };
  house.llm.otherwise((response, request) =>
    (JSON.stringify(request.body.messages).length > most ? fail(400, { body: { error } }) : say('still fine'))(
      response,
      request,
    ),
  );

  const events = await owner.turn(conversationId, 'and now?');

  expect(kindsOf(events)).toEqual(['RunStarted', 'StepStarted', 'TextDelta', 'RunCompleted']);
  expect(house.llm.requests.at(-1)?.body.messages.at(-2)?.content).toBe('fine');
});

it('gives an answer in the form that a message asks for, mended where the model did not keep to it', async () => {
  const conversationId = await owner.createConversation();
  const responseSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  house.llm.script([say('Sure! Seoul.'), say('{"city": "서울"}')]);

  const events = await owner.turn(conversationId, 'Which city?', { responseSchema });

  expect(events.at(-1)).toMatchObject({ message: { text: '{"city": "서울"}', status: 'COMPLETE' } });
  expect(kindsOf(events)).toContain('StepReset');
  const told = house.llm.requests.slice(-2).map(({ body }) => body.messages.at(-1)?.content);
  expect(told).toEqual([expect.stringContaining(JSON.stringify(responseSchema)), told[1]]);
  expect(told[1]).toContain('Your answer does not fit');

  house.llm.script([say('no'), say('no')]);
  const failed = await owner.turn(conversationId, 'Which city?', { responseSchema });
  expect(failed.at(-1)).toMatchObject({ __typename: 'RunFailed', error: { code: 'INVALID_OUTPUT' } });
});
