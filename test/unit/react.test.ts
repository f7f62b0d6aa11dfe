import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LanguageModel, ModelMessage, ModelPart, ModelRequest } from '../../src/domain/models/language-model.js';
import { toReactMessages } from '../../src/domain/models/react/react-messages.js';
import { inReact } from '../../src/domain/models/react/react-model.js';
import { ReactReader } from '../../src/domain/models/react/react-reader.js';
import { say, ScriptedModel } from '../kit/scripted-model.js';

const openReader = (toolNames: readonly string[] = ['time_now']) => new ReactReader(() => 'id', toolNames);

/** Reads the pieces one by one, and joins what belongs together. */
function read(...pieces: string[]) {
  const reader = openReader();
  const parts = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  const joined = (type: ModelPart['type']) =>
    parts.map((part) => (part.type === type && 'text' in part ? part.text : '')).join('');
  return {
    reasoning: joined('reasoning-delta').trim(),
    text: joined('text-delta').trim(),
    calls: parts.flatMap((part) => (part.type === 'tool-call' ? [[part.call.name, part.call.argumentsText]] : [])),
  };
}

const ACTING = 'Thought: 시간을 알아야 해.\nAction: time_now\nAction Input: {"timeZone": "Asia/Seoul"}\n';
const ANSWERING = 'Thought: 이제 안다.\nFinal Answer: 지금은 9시입니다.\n둘째 줄: Action: 아님\n';

it('makes a call of an action, and reasoning of the thought before it', () => {
  expect(read(ACTING)).toEqual({
    reasoning: '시간을 알아야 해.',
    text: '',
    calls: [['time_now', '{"timeZone": "Asia/Seoul"}']],
  });
});

it('makes text of the final answer alone, with all its lines', () => {
  expect(read(ANSWERING)).toEqual({
    reasoning: '이제 안다.',
    text: '지금은 9시입니다.\n둘째 줄: Action: 아님',
    calls: [],
  });
});

it.each([
  [
    'passes over what the model makes up after its action',
    `${ACTING}Observation: 12:00\nThought: done\nFinal Answer: 12:00`,
  ],
  ['takes the first of several actions', `${ACTING}Thought: and\nAction: other\nAction Input: {}`],
  ['sees through fences', 'Action: `time_now`\nAction Input:\n```json\n{"timeZone": "Asia/Seoul"}\n```\n'],
  ['sees through bold labels', '**Thought:** hm\n**Action:** time_now\n**Action Input:** {"timeZone": "Asia/Seoul"}'],
  ['takes an action without a thought', 'Action: time_now\nAction Input: {"timeZone": "Asia/Seoul"}'],
  [
    'takes words before the form for thinking',
    'Let me see.\nAction: time_now\nAction Input: {"timeZone": "Asia/Seoul"}',
  ],
  ['sees through full-width colons', 'Thought： 음\nAction： time_now\nAction Input： {"timeZone": "Asia/Seoul"}'],
  [
    'sees through blanks of every width, and line ends of Windows',
    '\u3000Thought\u00a0: 음\r\n\u00a0Action\u3000: \u3000time_now\r\nAction\u00a0Input : {"timeZone": "Asia/Seoul"}\r\n',
  ],
  ['sees through numbers', 'Thought 1: hm\nAction 1: time_now\nAction Input 1: {"timeZone": "Asia/Seoul"}'],
  [
    'sees through headings and lists',
    '### Thought: hm\n- Action: time_now\n> Action Input: {"timeZone": "Asia/Seoul"}',
  ],
  ['sees through underscores', 'Action: time_now\nAction_Input: {"timeZone": "Asia/Seoul"}'],
  ['sees through a fence around it all', '```\nAction: time_now\nAction Input: {"timeZone": "Asia/Seoul"}\n```'],
  ['takes a final answer right after an action for made up', `${ACTING}\nFinal Answer: 12:00`],
  ['takes arguments beside the name', 'Action: time_now({"timeZone": "Asia/Seoul"})'],
  ['takes an input on the same line', 'Thought: hm\nAction: time_now Action Input: {"timeZone": "Asia/Seoul"}'],
  ['takes no explanation for a name', 'Action: time_now (for Seoul)\nAction Input: {"timeZone": "Asia/Seoul"}'],
])('%s', (_what, text) => {
  expect(read(text)).toMatchObject({ text: '', calls: [['time_now', '{"timeZone": "Asia/Seoul"}']] });
});

it('takes what stands before the form for thinking', () => {
  expect(read('Let me see.\nAction: time_now\nAction Input: {}').reasoning).toBe('Let me see.');
  expect(read('Let me see.\nAction: time_now').reasoning).toBe('Let me see.');
});

it('takes a model that does not keep to the form at its word', () => {
  expect(read('그냥 대답할게요.\n', '안녕하세요!')).toEqual({
    reasoning: '',
    text: '그냥 대답할게요.\n안녕하세요!',
    calls: [],
  });
});

it('takes what it thought last for the answer where there is neither an action nor a final answer', () => {
  expect(read('Thought: 이제 안다.\n지금은 9시입니다.')).toEqual({
    reasoning: '이제 안다.\n지금은 9시입니다.',
    text: '이제 안다.\n지금은 9시입니다.',
    calls: [],
  });
  expect(read('Thought: one\nThought: two\n')).toMatchObject({ text: 'two' });
});

it.each([
  '**Final Answer:** 42',
  '최종 답변： 42',
  'Action: none needed\nFinal Answer: 42',
  'Thought 3: so\n## Final Answer\u3000: 42',
])('finds the final answer in %s', (text) => {
  expect(read(text)).toMatchObject({ text: '42', calls: [] });
  expect(read(...text)).toEqual(read(text));
});

it.each([
  ['Thought: just a greeting\nAction: None\nAction Input: None\nFinal Answer: Hello!', 'just a greeting', 'Hello!'],
  ['Thought: hm\nAction: N/A\nAction Input: {}\n\nThought: so\nFinal Answer: Hello!', 'hm\nso', 'Hello!'],
  ['Action: No tool needed.\nObservation: none\nFinal Answer: Hello!', '', 'Hello!'],
  ['Action: None\nThought: hm\nFinal Answer: Hello!', 'hm', 'Hello!'],
  ['Hello!\nAction: None', '', 'Hello!'],
  ['Hello!\nAction: None\nAction Input: None', 'Hello!', 'Hello!'],
  ['Thought: hm\nAction: None\n\nHello!', 'hm', 'Hello!'],
  ['Thought: Hello!\nAction: 없음\nAction Input: -', 'Hello!', 'Hello!'],
])('does nothing where the model says so, and finds what it answers: %j', (text, reasoning, answer) => {
  const found = read(text);

  expect(found).toEqual({ reasoning, text: answer, calls: [] });
  expect(read(...text)).toEqual(found);
});

it('acts after all where an action follows one that is none', () => {
  expect(read(`Thought: hm\nAction: None\nAction Input: None\n${ACTING}`)).toMatchObject({
    text: '',
    calls: [['time_now', '{"timeZone": "Asia/Seoul"}']],
  });
});

it.each(['Action: time_now\nAction Input: None', 'Action: time_now', 'Action: `time_now()`\n'])(
  'calls without arguments where there are none: %j',
  (text) => {
    expect(read(text)).toMatchObject({ calls: [['time_now', '']] });
  },
);

it('tells the model of an input that is no JSON, though it begins like none', () => {
  const text = 'Action: time_now\nAction Input: No country for old men';

  expect(read(text)).toMatchObject({ calls: [['time_now', 'No country for old men']] });
  expect(read('Action: time_now\nAction Input: {"a": 1')).toMatchObject({ calls: [['time_now', '{"a": 1']] });
});

it.each([
  'Here is a plan:\n\nAction: buy milk\nThen rest.',
  'Action: a film of 2024\nThought: a philosophy\nAction: the same film',
  'I say, Action: time_now\nand rest.',
])('takes words without form for an answer, though a line of them begins like an action: %j', (text) => {
  expect(read(text)).toEqual({ reasoning: '', text, calls: [] });
  expect(read(...text)).toEqual(read(text));
});

it('takes the first object of an input, whatever stands in its texts and after it', () => {
  const input = '{"text": "} \\" {", "more": {}}';

  expect(read(`Action: time_now\nAction Input: ${input} so }`).calls).toEqual([['time_now', input]]);
});

it('calls a tool whose name begins like no action', () => {
  const reader = openReader(['no-op']);

  expect([...reader.push('Thought: hm\nAction: no-op\n'), ...reader.end()].at(-1)).toMatchObject({
    call: { name: 'no-op' },
  });
});

it('takes a name that is too long for what it begins with', () => {
  expect(read(`Action: ${'x'.repeat(300)}\nAction Input: {}`).calls).toEqual([['x'.repeat(200), '{}']]);
});

it('calls a tool that there is not where the form is kept, so that the model is told', () => {
  expect(read('Thought: hm\nAction: look\n')).toMatchObject({ text: '', calls: [['look', '']] });
  expect(read('Action: look\nAction Input: {}')).toMatchObject({ text: '', calls: [['look', '{}']] });
});

it('lets a long answer out though it begins like an action', () => {
  const reader = openReader();
  const line = `${'word '.repeat(100)}\n`;

  const told = ['Action: ', ...Array.from({ length: 100 }, () => line)].flatMap((piece) => reader.push(piece));

  expect(told.length).toBeGreaterThan(50);
  expect([...told, ...reader.end()].map((part) => ('text' in part ? part.text : '')).join('')).toBe(
    `Action: ${line.repeat(100)}`,
  );
});

it.each([
  ['blanks in a name', `Action: x${' '.repeat(400_000)}y`],
  ['labels after an action without a name', `Action:${'\n'.repeat(200_000)}${'Thought: x\n'.repeat(20_000)}`],
  ['labels after an action that is none', `Action: None ${'x'.repeat(200_000)}\n${'Observation: x\n'.repeat(15_000)}`],
  ['one line without an end', `Thought: x\nAction: None ${'x'.repeat(400_000)}`],
])('is not held up by %s', (_what, text) => {
  const startedAt = performance.now();

  read(text);

  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

it('takes an empty final answer for none', () => {
  expect(read('Thought: hm\nFinal Answer:')).toMatchObject({ text: '' });
});

it('lets a long answer out that does not keep to the form', () => {
  const reader = openReader();
  const line = `${'word '.repeat(100)}\n`;

  const told = Array.from({ length: 100 }, () => reader.push(line)).flat();

  expect(told.length).toBeGreaterThan(50);
  expect([...told, ...reader.end()].map((part) => ('text' in part ? part.text : '')).join('')).toBe(line.repeat(100));
});

it('lets the final answer out as it comes', () => {
  const reader = openReader();

  expect(reader.push('Final Answer: one ')).toEqual([{ type: 'text-delta', text: 'one ' }]);
  expect(reader.push('two')).toEqual([{ type: 'text-delta', text: 'two' }]);
});

it('reads the same however the text is cut', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(
        ACTING,
        ANSWERING,
        `${ACTING}Observation: x`,
        '**Thought:** 음\n### **Action**\u3000： `time_now`\nAction Input: {}',
        'Thought： 음\n  최종 답변 ： 42',
        'Thought: 음\n42',
        'Thought: 음\nAction: None\nAction Input: None\nFinal Answer: 42',
        'Hi.\nAction: rest\nThought: sleep',
      ),
      fc.array(fc.nat(200), { maxLength: 12 }),
      (text, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % text.length).toSorted((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));

        expect(read(...pieces)).toEqual(read(text));
      },
    ),
  );
});

it('tells a conversation with tools in words alone', () => {
  const messages: ModelMessage[] = [
    { role: 'system', text: 'Be kind.' },
    { role: 'user', text: 'time?' },
    { role: 'assistant', text: 'I look.', toolCalls: [{ id: 'a', name: 'time_now', argumentsText: '{}' }] },
    { role: 'tool', callId: 'a', name: 'time_now', text: '12:00' },
    { role: 'user', text: 'and?' },
  ];
  const tools = [{ name: 'time_now', description: 'Tells the time.', parameters: { type: 'object' } }];

  const [system, ...rest] = toReactMessages(messages, tools);

  expect(system?.text).toMatch(/^Be kind\.\n\nYou can use tools by writing\./);
  expect(system?.text).toContain('- time_now: Tells the time.\n  Arguments, as JSON Schema: {"type":"object"}');
  expect(rest).toEqual([
    { role: 'user', text: 'time?' },
    { role: 'assistant', text: 'Thought: I look.\nAction: time_now\nAction Input: {}', toolCalls: [] },
    { role: 'user', text: 'Observation: 12:00\nand?' },
  ]);
});

it('puts the rules before a conversation that has none, lets its speakers take turns, and makes up no thought', () => {
  const messages: ModelMessage[] = [
    { role: 'user', text: 'time?' },
    { role: 'user', text: 'in Seoul' },
    { role: 'assistant', text: '', toolCalls: [{ id: 'a', name: 'time_now', argumentsText: '{}' }] },
  ];

  const [system, ...rest] = toReactMessages(messages, REQUEST.tools);

  expect(system?.text).toMatch(/^You can use tools by writing\./);
  expect(rest).toEqual([
    { role: 'user', text: 'time?\nin Seoul' },
    { role: 'assistant', text: 'Action: time_now\nAction Input: {}', toolCalls: [] },
  ]);
});

const REQUEST: ModelRequest = {
  messages: [{ role: 'user', text: 'time?' }],
  tools: [{ name: 'time_now', description: 'Tells the time.', parameters: {} }],
  temperature: null,
  maxOutputTokens: null,
  requests: { left: 8 },
  signal: new AbortController().signal,
};

it('lets a model without tools call one', async () => {
  const model = new ScriptedModel([say(...ACTING)]);

  const parts: ModelPart[] = [];
  for await (const part of inReact(model).stream(REQUEST)) parts.push(part);

  expect(model.requests[0]?.tools).toEqual([]);
  expect(parts.slice(-2)).toMatchObject([
    { type: 'tool-call', call: { name: 'time_now' } },
    { type: 'finish', reason: 'tool-calls' },
  ]);
});

it('makes text of words that begin like an action where no tools are offered', async () => {
  const text = 'Here is a plan:\nAction: time_now\nThen rest.';
  const parts: ModelPart[] = [];

  for await (const part of inReact(new ScriptedModel([say(text)])).stream({ ...REQUEST, tools: [] })) parts.push(part);

  expect(parts).toMatchObject([
    { type: 'text-delta', text },
    { type: 'finish', reason: 'stop' },
  ]);
});

it('keeps the images of messages that are joined', () => {
  const [a, b] = (['image/png', 'image/gif'] as const).map((mediaType) => ({ mediaType, base64: 'AA==' }));
  const messages: ModelMessage[] = [
    { role: 'user', text: 'one', images: [a!] },
    { role: 'user', text: 'two', images: [b!] },
    { role: 'user', text: 'three' },
  ];

  expect(toReactMessages(messages, [])).toEqual([{ role: 'user', text: 'one\ntwo\nthree', images: [a, b] }]);
});

it.each(['Action: ', 'Action: f\nAction Input: ', 'Observation: '])(
  'does not read for ever what is never told: %s',
  async (start) => {
    let sent = 0;
    const endless: LanguageModel = {
      async *stream() {
        yield { type: 'text-delta', text: start };
        for (; sent < 1_000; sent++) yield { type: 'text-delta', text: 'x'.repeat(100_000) };
      },
    };
    const reading = async () => {
      for await (const part of inReact(endless).stream({ ...REQUEST, messages: [] }))
        expect(part.type).not.toBe('finish');
    };

    await expect(reading()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(sent).toBeLessThan(20);
  },
);

const playing = (...parts: (ModelPart | Error)[]) => inReact(new ScriptedModel([parts])).stream(REQUEST);
const partsOf = async (stream: AsyncIterable<ModelPart>) => {
  const parts: ModelPart[] = [];
  const failure = await (async () => {
    for await (const part of stream) parts.push(part);
  })().catch((error: unknown) => error);
  return { parts, failure };
};
const told = (text: string): ModelPart => ({ type: 'text-delta', text });

it('begins anew after what was a thought', async () => {
  const end: ModelPart = { type: 'finish', reason: 'stop', usage: null };

  const { parts } = await partsOf(
    playing(told('Action: time_now'), { type: 'text-was-thought' }, told(ANSWERING), end),
  );

  expect(parts.filter(({ type }) => type === 'tool-call')).toEqual([]);
  expect(parts.at(-1)).toEqual(end);
  expect(parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')).toMatch(/^지금은 9시입니다\./);
});

it('tells what it held back before it turns out to have been a thought', async () => {
  const end: ModelPart = { type: 'finish', reason: 'stop', usage: null };

  const { parts } = await partsOf(playing(told('hm'), { type: 'text-was-thought' }, told('Thought: so\nHi'), end));

  expect(parts).toEqual([
    told('hm'),
    { type: 'text-was-thought' },
    { type: 'reasoning-delta', text: 'so\n' },
    { type: 'reasoning-delta', text: 'Hi' },
    told('so\nHi'),
    end,
  ]);
});

it('takes a thought for no answer that the model had no room to end', async () => {
  const end: ModelPart = { type: 'finish', reason: 'length', usage: null };

  const { parts } = await partsOf(playing(told('Thought: I should'), end));

  expect(parts).toEqual([{ type: 'reasoning-delta', text: 'I should' }, end]);
});

it('tells what it held back where the answer is cut, and calls nothing', async () => {
  const cut = new Error('cut');

  expect(await partsOf(playing(told('half an answer'), cut))).toEqual({
    parts: [told('half an answer')],
    failure: cut,
  });
  expect(await partsOf(playing(told('Action: f\nAction Input: {"a"'), cut))).toEqual({ parts: [], failure: cut });
});
