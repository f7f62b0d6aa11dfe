import { describe, expect, it } from 'vitest';
import type { ModelPart } from '../../src/domain/models/language-model.js';
import { AnswerReader } from '../../src/infra/openai/answer-reader.js';
import { MalformedStreamError } from '../../src/infra/openai/sse-reader.js';
import type { WireChunk } from '../../src/infra/openai/wire-chunk.js';

/** All parts of an answer made of these chunks; null at the end if it is not complete. */
function read(...chunks: readonly WireChunk[]): (ModelPart | null)[] {
  const parts: (ModelPart | null)[] = [];
  const reader = new AnswerReader((told) => parts.push(told));
  for (const chunk of chunks) reader.read(chunk);
  const last = reader.end() ?? [null];
  return [...parts, ...last];
}

type Delta = NonNullable<NonNullable<WireChunk['choices']>[0]['delta']>;
type Call = NonNullable<Delta['tool_calls']>[0];

const delta = (fields: Delta): WireChunk => ({ choices: [{ delta: fields }] });
const calls = (...tool_calls: Call[]): WireChunk => delta({ tool_calls });
const finish = (finish_reason: string): WireChunk => ({ choices: [{ delta: {}, finish_reason }] });
const finished = (reason: string, usage: unknown = null) => ({ type: 'finish', reason, usage });
const text = (words: string) => ({ type: 'text-delta', text: words });
const thought = (words: string) => ({ type: 'reasoning-delta', text: words });
const call = (id: string, name: string, argumentsText: string) => ({
  type: 'tool-call',
  call: { id, name, argumentsText },
});

it.each<[string, WireChunk]>([
  ['arguments', calls({ index: 0, id: 'c', function: { arguments: 'x'.repeat(100_000) } })],
  ['calls', calls(...Array.from({ length: 100 }, (_, n) => ({ function: { name: `f${n}` } })))],
])('does not keep %s that never end', (_what, chunk) => {
  expect(() => read(...Array.from({ length: 11 }, () => chunk))).toThrow(MalformedStreamError);
});

describe('what is said', () => {
  it('is text or reasoning, under each of the names that services have for it', () => {
    const parts = read(
      delta({ reasoning_content: 'a', content: null }),
      delta({ reasoning: 'b', content: '' }),
      delta({ reasoning_content: 'c', reasoning: 'c' }),
      delta({ reasoning: { effort: 'low' } }),
      delta({ content: 'd' }),
      delta({ refusal: 'e' }),
      finish('stop'),
    );

    expect(parts).toEqual([thought('a'), thought('b'), thought('c'), text('d'), text('e'), finished('stop')]);
  });

  it('may come as a list of parts', () => {
    const parts = read(
      delta({
        content: [
          {
            type: 'thinking',
            thinking: [
              { type: 'text', text: '생' },
              { type: 'text', text: '각' },
            ],
          },
        ],
      }),
      delta({ content: [{ type: 'thinking', thinking: '!' }, { type: 'text', text: '답' }, { type: 'reference' }] }),
      finish('stop'),
    );

    expect(parts).toEqual([thought('생각'), thought('!'), text('답'), finished('stop')]);
  });

  it('may come in one piece, from a service that does not stream', () => {
    expect(read({ choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }] })).toEqual([
      text('hello'),
      finished('stop'),
    ]);
  });

  it('is not said twice by a service that ends its deltas with the whole message', () => {
    const whole = { choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }] };

    expect(
      read(delta({ role: 'assistant' } as Delta), delta({ content: 'hel' }), delta({ content: 'lo' }), whole),
    ).toEqual([text('hel'), text('lo'), finished('stop')]);
    expect(read(delta({ role: 'assistant' } as Delta), whole)).toEqual([text('hello'), finished('stop')]);
    expect(read(delta({ content: '\n' }), whole)).toEqual([text('\nhello'), finished('stop')]);
  });

  it('is taken from the whole message as far as no delta brought it', () => {
    const whole: WireChunk = {
      choices: [
        {
          delta: {},
          message: {
            reasoning_content: '음',
            content: 'hello',
            tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }],
          },
          finish_reason: 'stop',
        },
      ],
    };

    expect(read(delta({ reasoning_content: '음' }), whole)).toEqual([
      thought('음'),
      text('hello'),
      call('c', 'f', '{}'),
      finished('tool-calls'),
    ]);
    expect(read(delta({ content: 'hello' }), whole)).toEqual([
      text('hello'),
      thought('음'),
      call('c', 'f', '{}'),
      finished('tool-calls'),
    ]);
    expect(read(calls({ id: 'c', function: { name: 'f', arguments: '{}' } }), whole)).toEqual([
      thought('음'),
      text('hello'),
      call('c', 'f', '{}'),
      finished('tool-calls'),
    ]);
  });

  it('may come as messages that each bring a piece', () => {
    const piece = (content: string, finish_reason: string | null = null): WireChunk => ({
      choices: [{ message: { content }, finish_reason }],
    });

    expect(read(piece('hel'), piece('lo', 'stop'))).toEqual([text('hel'), text('lo'), finished('stop')]);
  });

  it('is well-formed, wherever a character was cut', () => {
    const parts = read(
      delta({ content: '웃자 \ud83d' }),
      delta({ content: '' }),
      delta({ content: '\ude00!' }),
      delta({ content: 'a\ud800b' }),
      delta({ reasoning_content: 'x\ud83d' }),
      delta({ content: 'y\ud83d' }),
      calls({ index: 0, id: 'c', function: { name: 'f', arguments: '"\ud800"' } }),
      finish('stop'),
    );

    expect(parts).toEqual([
      text('웃자 '),
      text('😀!'),
      text('a\ufffdb'),
      thought('x'),
      thought('\ufffd'),
      text('y'),
      text('\ufffd'),
      call('c', 'f', '"\ufffd"'),
      finished('tool-calls'),
    ]);
  });

  it('is nothing in a chunk without choices, deltas or content', () => {
    expect(read({}, { choices: [] }, { choices: null }, { choices: [{}] }, delta({}), finish('stop'))).toEqual([
      finished('stop'),
    ]);
  });
});

describe('tool calls', () => {
  it('are put together by their number, whatever it starts at', () => {
    const parts = read(
      calls({ index: 1, id: 'a', function: { name: 'one', arguments: '{"x"' } }),
      calls({ index: 2, id: 'b', function: { name: 'two', arguments: '{' } }),
      calls({ index: 1, id: '', function: { name: '', arguments: ':1}' } }),
      calls({ index: 2, function: { arguments: '}' } }),
      finish('tool_calls'),
    );

    expect(parts).toEqual([call('a', 'one', '{"x":1}'), call('b', 'two', '{}'), finished('tool-calls')]);
  });

  it('go on with the last one where numbers are missing', () => {
    const parts = read(
      calls({ id: 'a', function: { name: 'one', arguments: '{' } }),
      calls({ function: { arguments: '}' } }),
      calls({ id: 'b', function: { name: 'two', arguments: '{' } }),
      calls({ id: 'b', function: { name: 'two', arguments: '}' } }),
      finish('tool_calls'),
    );

    expect(parts).toEqual([call('a', 'one', '{}'), call('b', 'two', '{}'), finished('tool-calls')]);
  });

  it('are told apart by their ids where all have the same number', () => {
    const parts = read(
      calls({ index: 0, id: 'a', function: { name: 'one', arguments: '{}' } }),
      calls({ index: 0, id: 'b', function: { name: 'one', arguments: '{}' } }),
      finish('tool_calls'),
    );

    expect(parts).toEqual([call('a', 'one', '{}'), call('b', 'one', '{}'), finished('tool-calls')]);
  });

  it('are told apart by their ends where all have the same number, and no id', () => {
    const parts = read(
      calls({ index: 0, id: '', function: { name: 'one', arguments: '{"x":' } }),
      calls({ index: 0, id: '', function: { name: 'one', arguments: '1}' } }),
      calls({ index: 0, id: '', function: { name: 'one', arguments: '{}' } }),
      finish('tool_calls'),
    );

    const id = expect.stringMatching(/^[0-9a-f]{9}$/) as string;
    expect(parts).toEqual([call(id, 'one', '{"x":1}'), call(id, 'one', '{}'), finished('tool-calls')]);
  });

  it('get ids of their own where the service gave none', () => {
    const [first, second] = read(
      calls({ function: { name: 'one', arguments: '{}' } }, { function: { name: 'two', arguments: null } }),
      finish('tool_calls'),
    );

    expect(first).toEqual(call(expect.stringMatching(/^[0-9a-f]{9}$/), 'one', '{}'));
    expect(second).toEqual(call(expect.stringMatching(/^[0-9a-f]{9}$/), 'two', ''));
    expect(first).not.toEqual(second);
  });

  it('may come as one function call, as they once did', () => {
    const [first, ...rest] = read(
      delta({ function_call: { name: 'one', arguments: '{' } }),
      delta({ function_call: { name: '', arguments: '}' } }),
      finish('function_call'),
    );

    expect(first).toEqual(call(expect.stringMatching(/^[0-9a-f]{9}$/), 'one', '{}'));
    expect(rest).toEqual([finished('tool-calls')]);
  });

  it('may be named after they have begun', () => {
    const parts = read(
      calls({ index: 0, id: 'c' }),
      calls({ index: 0, function: { name: 'f', arguments: '{' } }),
      calls({ index: 0, function: { arguments: '}' } }),
      finish('tool_calls'),
    );

    expect(parts).toEqual([call('c', 'f', '{}'), finished('tool-calls')]);
  });

  it('are told apart by their ids where they come by turns and without numbers', () => {
    const parts = read(
      calls({ id: 'c', function: { name: 'f', arguments: '{"x":' } }),
      calls({ id: 'd', function: { name: 'g', arguments: '{"y":' } }),
      calls({ id: 'c', function: { arguments: '1}' } }),
      calls({ id: 'd', function: { arguments: '2}' } }),
      finish('tool_calls'),
    );

    expect(parts).toEqual([call('c', 'f', '{"x":1}'), call('d', 'g', '{"y":2}'), finished('tool-calls')]);
  });

  it('may have their arguments as an object', () => {
    expect(read(calls({ index: 0, id: 'a', function: { name: 'one', arguments: { x: 1 } } }), finish('stop'))).toEqual([
      call('a', 'one', '{"x":1}'),
      finished('tool-calls'),
    ]);
  });
});

describe('the end', () => {
  it.each([
    ['stop', 'stop'],
    ['tool_calls', 'tool-calls'],
    ['function_call', 'tool-calls'],
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['model_length', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['content_filter', 'content-filter'],
    ['sensitive', 'content-filter'],
    ['eos', 'stop'],
  ])('%s counts as %s', (said, reason) => {
    expect(read(finish(said))).toEqual([finished(reason)]);
  });

  it.each(['error', 'abort', 'insufficient_system_resource', 'network_error'])('%s is no proper end', (said) => {
    expect(read(delta({ content: 'half' }), finish(said))).toEqual([text('half'), null]);
  });

  it('is missing where the model never said why it stopped', () => {
    expect(read(delta({ content: 'half' }))).toEqual([text('half'), null]);
  });
});

describe('usage', () => {
  const told = { prompt_tokens: 10, completion_tokens: 5 };
  const counted = {
    inputTokens: 10,
    outputTokens: 5,
    cachedTokens: 0,
    reasoningTokens: 0,
    cost: null,
    isEstimated: false,
  };

  it.each<[string, WireChunk[], object | null]>([
    ['in the last chunk', [{ ...finish('stop'), usage: told }], counted],
    ['in a chunk without choices', [finish('stop'), { choices: [], usage: told }], counted],
    ['under a name of its own', [finish('stop'), { x_groq: { usage: told } }], counted],
    ['with the choice', [{ choices: [{ delta: {}, finish_reason: 'stop', usage: told }] }], counted],
    [
      'more and more in every chunk',
      [{ usage: { prompt_tokens: 10, completion_tokens: 1 } }, { ...finish('stop'), usage: told }],
      counted,
    ],
    [
      'before a last one of nothing',
      [{ usage: told }, { ...finish('stop'), usage: { ...told, completion_tokens: 0 } }],
      counted,
    ],
    [
      'with the choice, beside one of nothing',
      [
        {
          choices: [{ delta: {}, finish_reason: 'stop', usage: told }],
          usage: { prompt_tokens: 0, completion_tokens: 0 },
        },
      ],
      counted,
    ],
    ['never', [{ ...finish('stop'), usage: null }], null],
    ['without its numbers', [{ ...finish('stop'), usage: {} }], null],
  ])('may come %s', (_when, chunks, expected) => {
    expect(read(...chunks).at(-1)).toEqual(finished('stop', expected));
  });

  it.each<[string, WireChunk['usage']]>([
    ['nothing was told', { prompt_tokens: 0, completion_tokens: 5 }],
    ['nothing was said', { prompt_tokens: 10, completion_tokens: 0 }],
  ])('is not believed where it says that %s', (_what, usage) => {
    expect(read(delta({ content: 'hello' }), { ...finish('stop'), usage }).at(-1)).toEqual(finished('stop'));
    expect(read(calls({ id: 'c', function: { name: 'f' } }), { ...finish('stop'), usage }).at(-1)).toEqual(
      finished('tool-calls'),
    );
  });

  it('may be of nothing said where nothing was', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 0 };

    expect(read({ ...finish('length'), usage })).toEqual([finished('length', { ...counted, outputTokens: 0 })]);
  });

  it('knows what was cached, and what was reasoning', () => {
    const usage = {
      ...told,
      prompt_tokens_details: { cached_tokens: 8 },
      completion_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 15,
    };

    expect(read({ ...finish('stop'), usage })).toEqual([
      finished('stop', { ...counted, cachedTokens: 8, reasoningTokens: 3 }),
    ]);
    expect(read({ ...finish('stop'), usage: { ...told, prompt_cache_hit_tokens: 4 } })).toEqual([
      finished('stop', { ...counted, cachedTokens: 4 }),
    ]);
  });

  it('counts reasoning as output also where the service counts it beside', () => {
    const usage = { ...told, completion_tokens_details: { reasoning_tokens: 100 }, total_tokens: 115 };

    expect(read({ ...finish('stop'), usage })).toEqual([
      finished('stop', { ...counted, outputTokens: 105, reasoningTokens: 100 }),
    ]);
  });
});
