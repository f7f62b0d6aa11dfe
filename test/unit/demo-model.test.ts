import { describe, expect, it } from 'vitest';
import { answerSchema } from '../../src/domain/agent/answer-schema.js';
import type { ModelMessage, ToolSpec } from '../../src/domain/models/language-model.js';
import { DEMO_FAILURES, DEMO_MANUAL } from '../../src/infra/demo/demo-commands.js';
import { demoModel } from '../../src/infra/demo/demo-model.js';
import { collect, requestOf, type Answer } from '../kit/answers.js';

const TOOLS: readonly ToolSpec[] = ['time_now', 'http_request'].map((name) => ({
  name,
  description: '',
  parameters: { type: 'object' },
}));

const user = (text: string): ModelMessage => ({ role: 'user', text });

/** What it answers when all tools are offered. `/fast` takes the pauses away. */
function ask(...said: (string | ModelMessage)[]): Promise<Answer> {
  const messages = said.map((message) => (typeof message === 'string' ? user(`${message} /fast`) : message));
  return collect(demoModel.stream(requestOf(messages, { tools: TOOLS })));
}

const callsOf = ({ toolCalls }: Answer) => toolCalls.map(({ name, argumentsText }) => [name, argumentsText]);

/** The messages after a step in which the model called tools, and these answered. */
const stepAfter = ({ text, toolCalls }: Answer, output: string): ModelMessage[] => [
  { role: 'assistant', text, toolCalls },
  ...toolCalls.map(({ id, name }): ModelMessage => ({ role: 'tool', callId: id, name, text: output })),
];

describe('words', () => {
  it('say that it is scripted, in the language of the user', async () => {
    const [korean, english] = [await ask('안녕하세요'), await ask('Good morning')];

    expect(korean.text).toContain('데모 모델입니다');
    expect(korean.text).toContain('"안녕하세요"');
    expect(english.text).toContain('I am the demo model');
    expect(english.text).toContain('"Good morning"');
    expect(english.finish?.reason).toBe('stop');
  });

  it('go on in the language of the conversation where a message has none', async () => {
    expect((await ask('안녕하세요', '/long 1')).text).toBe('이것은 대본의 1번째 문장입니다.');
  });

  it.each([
    ['help', 'en'],
    ['도움말', 'ko'],
  ] as const)('tell what it can be told, when asked by "%s"', async (word, language) => {
    const { text } = await ask(word);

    for (const entry of DEMO_MANUAL) expect(text).toContain(`- \`${entry.usage}\`: ${entry[language]}`);
  });

  it('come in small pieces that make up the text', async () => {
    const pieces: string[] = [];
    const { text } = await collect(demoModel.stream(requestOf('Good morning /fast')), (part) => {
      if (part.type === 'text-delta') pieces.push(part.text);
    });

    expect(pieces.join('')).toBe(text);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(10);
  });
});

describe('tools', () => {
  it.each([
    ['몇 시야?', 'time_now', '{"timeZone":"Asia/Seoul"}'],
    ['지금 시간 알려 줘', 'time_now', '{"timeZone":"Asia/Seoul"}'],
    ['what time is it', 'time_now', '{"timeZone":"UTC"}'],
    ['What time is it in Europe/Paris?', 'time_now', '{"timeZone":"Europe/Paris"}'],
    ['https://example.com/a?b=c 을 GET 해 줘', 'http_request', '{"url":"https://example.com/a?b=c"}'],
    ['/tool time_now {"timeZone": "Asia/Tokyo"}', 'time_now', '{"timeZone": "Asia/Tokyo"}'],
    ['/tool time_now {oops', 'time_now', '{oops'],
  ])('%s calls %s', async (said, name, argumentsText) => {
    const answer = await ask(said);

    expect(callsOf(answer)).toEqual([[name, argumentsText]]);
    expect(answer.finish?.reason).toBe('tool-calls');
  });

  it('are called side by side when there are several lines', async () => {
    const answer = await ask('/tool time_now {}\n/tool http_request {"url":"http://a"}\n');

    expect(callsOf(answer)).toEqual([
      ['time_now', '{}'],
      ['http_request', '{"url":"http://a"}'],
    ]);
    expect(new Set(answer.toolCalls.map(({ id }) => id)).size).toBe(2);
  });

  it('are answered from once they have answered', async () => {
    const question = user('몇 시야? /fast');
    const call = await ask(question);

    const answer = await ask(question, ...stepAfter(call, '2026-01-01T09:00:00+09:00'));

    expect(answer.toolCalls).toEqual([]);
    expect(answer.text).toContain('time_now 도구의 답: 2026-01-01T09:00:00+09:00');
  });

  it('are called step after step, never twice in the same way, as often as it is told', async () => {
    const said: ModelMessage[] = [user('/steps 26 /fast')];
    const seen = new Set<string>();
    for (let step = 1; step <= 26; step++) {
      const answer = await ask(...said);
      expect(answer.toolCalls).toHaveLength(1);
      seen.add(answer.toolCalls[0]?.argumentsText ?? '');
      said.push(...stepAfter(answer, 'some time'));
    }

    expect(seen.size).toBe(26);
    expect((await ask(...said)).toolCalls).toEqual([]);
    for (const args of seen) expect(() => new Intl.DateTimeFormat('en', JSON.parse(args) as object)).not.toThrow();
  });

  it('are not called where they are not offered', async () => {
    const answer = await collect(demoModel.stream(requestOf('what time is it /fast')));

    expect(answer.toolCalls).toEqual([]);
    expect(answer.text).toBe('I cannot use time_now now.');
  });
});

describe('what it is told to do', () => {
  it('/reason: it thinks first', async () => {
    const parts: string[] = [];
    const answer = await collect(demoModel.stream(requestOf('Hello /reason /fast')), ({ type }) => parts.push(type));

    expect(answer.reasoning).not.toBe('');
    expect(parts.lastIndexOf('reasoning-delta')).toBeLessThan(parts.indexOf('text-delta'));
    expect(answer.finish?.usage?.reasoningTokens).toBeGreaterThan(0);
  });

  it('/long N: it says N sentences', async () => {
    const { text } = await ask('/long 3');

    expect(text).toBe(
      'This is sentence 1 of the script. This is sentence 2 of the script. This is sentence 3 of the script.',
    );
  });

  it.each([
    ['rate-limit', 'UPSTREAM_RATE_LIMITED', true],
    ['timeout', 'UPSTREAM_TIMEOUT', true],
    ['refused', 'UPSTREAM_REFUSED', false],
    ['failed', 'UPSTREAM_FAILED', true],
    ['cut', 'UPSTREAM_FAILED', true],
  ] as const)('/fail %s: it fails as %s', async (failure, code, isRetryable) => {
    let text = '';
    const answer = collect(demoModel.stream(requestOf(`Hello /fail ${failure} /fast`)), (part) => {
      if (part.type === 'text-delta') text += part.text;
    });

    await expect(answer).rejects.toMatchObject({ code, details: { isRetryable } });
    expect(text === '').toBe(failure !== 'cut');
    expect(DEMO_FAILURES).toContain(failure);
  });

  it('/fail: it is well again at the next question, which comes in one message with the one that failed', async () => {
    const asked = ['/fail timeout', 'Hello', '/slow /fail refused', 'Hello again /fast'];

    const answer = await collect(demoModel.stream(requestOf([user(asked.join('\n'))])));

    expect(answer.finish?.reason).toBe('stop');
    await expect(collect(demoModel.stream(requestOf([user(asked.slice(0, 3).join('\n'))])))).rejects.toMatchObject({
      code: 'UPSTREAM_REFUSED',
    });
  });

  it('takes no longer over thousands of empty lines', async () => {
    const startedAt = performance.now();

    await ask(`${'\n'.repeat(31_000)}x`);

    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('/slow: an abort does not wait for the next word', async () => {
    const abort = new AbortController();
    const startedAt = performance.now();
    const answer = collect(demoModel.stream(requestOf('Hello /slow', { signal: abort.signal })), () =>
      abort.abort(new Error('changed my mind')),
    );

    await expect(answer).rejects.toThrow('changed my mind');
    expect(performance.now() - startedAt).toBeLessThan(300);
  });
});

it('tells what it took', async () => {
  const { finish } = await ask('Hello');

  expect(finish?.usage).toEqual({
    inputTokens: 3,
    outputTokens: expect.any(Number),
    cachedTokens: 0,
    reasoningTokens: 0,
    cost: null,
    isEstimated: false,
  });
  expect(finish?.usage?.outputTokens).toBeGreaterThan(10);
});

describe('an answer whose form is asked for', () => {
  const city = { type: 'object', properties: { name: { type: 'string', minLength: 6 } }, required: ['name'] };

  it.each<[string, object]>([
    ['an object', { $schema: 'https://json-schema.org/draft/2020-12/schema', ...city, additionalProperties: false }],
    ['a list', { type: 'array', items: { $ref: '#/$defs/city' }, minItems: 2, $defs: { city } }],
    ['one of several words', { enum: ['yes', 'no'] }],
    ['numbers', { type: 'array', items: { type: 'integer', exclusiveMinimum: 3, maximum: 9 } }],
    ['dates and addresses', { properties: { at: { type: 'string', format: 'date-time' }, by: { format: 'email' } } }],
    ['all of several', { allOf: [city, { properties: { zip: { type: 'integer' } } }] }],
    ['a text in several ways', { allOf: [{ type: 'string' }, { minLength: 2 }] }],
    ['a pair', { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] }],
    ['alternatives', { anyOf: [{ type: 'null' }, city] }],
    [
      'a tree',
      { $ref: '#/$defs/node', $defs: { node: { properties: { next: { $ref: '#/$defs/node' } }, required: [] } } },
    ],
  ])('has it: %s', async (_what, schema) => {
    const form = answerSchema('responseSchema', schema);

    const { text, toolCalls } = await ask(user(`Which city? /fast\n\n${form.instructions}`));

    expect([form.problemOf(text), toolCalls]).toEqual([null, []]);
  });

  it('passes over what is no form', async () => {
    const odd = { type: 'object', required: true, anyOf: 5, properties: { a: null, b: { $ref: 7, enum: 'x' } } };

    expect((await ask(user(`/fast\nSay something that fits this JSON Schema:\n${JSON.stringify(odd)}`))).text).toBe(
      '{"a":"demo","b":"demo"}',
    );
  });

  it('ends where the form does not', async () => {
    const node = {
      type: 'object',
      properties: Object.fromEntries([...'abcdefghij'].map((name) => [name, { $ref: '#' }])),
    };

    const { text } = await ask(user(`/fast\nGive me a tree that fits this JSON Schema:\n${JSON.stringify(node)}`));

    expect(text).toMatch(/^\{"a":\{"a":/);
    expect(text.length).toBeLessThan(20_000);
  });

  it('comes after the tools that were asked for, and is no command by what its form says', async () => {
    const form = answerSchema('responseSchema', { ...city, description: 'what time is it? /fail cut' });
    const asked = `what time is it in Asia/Seoul?\n\n${form.instructions}`;

    const first = await ask(user(`/fast ${asked}`));
    const last = await ask(user(`/fast ${asked}`), ...stepAfter(first, 'noon'));

    expect(callsOf(first)).toEqual([['time_now', '{"timeZone":"Asia/Seoul"}']]);
    expect(form.problemOf(last.text)).toBeNull();
  });
});
