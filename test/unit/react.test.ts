import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ModelMessage, ModelPart, ModelRequest } from '../../src/domain/models/language-model.js';
import { toReactMessages } from '../../src/domain/models/react/react-messages.js';
import { inReact } from '../../src/domain/models/react/react-model.js';
import { ReactReader } from '../../src/domain/models/react/react-reader.js';
import { say, ScriptedModel } from '../kit/scripted-model.js';

/** Reads the pieces one by one, and joins what belongs together. */
function read(...pieces: string[]) {
  const reader = new ReactReader(() => 'id');
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
])('%s', (_what, text) => {
  expect(read(text)).toMatchObject({ text: '', calls: [['time_now', '{"timeZone": "Asia/Seoul"}']] });
});

it('takes what stands before the form for thinking', () => {
  expect(read('Let me see.\nAction: time_now\nAction Input: {}').reasoning).toBe('Let me see.');
});

it('takes a model that does not keep to the form at its word', () => {
  expect(read('그냥 대답할게요.\n', '안녕하세요!')).toEqual({
    reasoning: '',
    text: '그냥 대답할게요.\n안녕하세요!',
    calls: [],
  });
});

it('lets the final answer out as it comes', () => {
  const reader = new ReactReader(() => 'id');

  expect(reader.push('Final Answer: one ')).toEqual([{ type: 'text-delta', text: 'one ' }]);
  expect(reader.push('two')).toEqual([{ type: 'text-delta', text: 'two' }]);
});

it('reads the same however the text is cut', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(ACTING, ANSWERING, `${ACTING}Observation: x`),
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

it('lets a model without tools call one', async () => {
  const model = new ScriptedModel([say(...ACTING)]);
  const request: ModelRequest = {
    messages: [{ role: 'user', text: 'time?' }],
    tools: [{ name: 'time_now', description: 'Tells the time.', parameters: {} }],
    temperature: null,
    maxOutputTokens: null,
    requests: { left: 8 },
    signal: new AbortController().signal,
  };

  const parts: ModelPart[] = [];
  for await (const part of inReact(model).stream(request)) parts.push(part);

  expect(model.requests[0]?.tools).toEqual([]);
  expect(parts.slice(-2)).toMatchObject([
    { type: 'tool-call', call: { name: 'time_now' } },
    { type: 'finish', reason: 'tool-calls' },
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
