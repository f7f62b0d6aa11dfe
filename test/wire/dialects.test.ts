import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelMessage, ModelRequest } from '../../src/domain/models/language-model.js';
import { createModelClients } from '../../src/infra/model-clients.js';
import { collect, requestOf } from '../kit/answers.js';
import { fail, say, startFakeLlm, type FakeLlm, type LlmBody, type Reply } from '../kit/fake-llm.js';
import { modelOf, providerOf } from '../kit/models.js';

/** What one service refuses, another demands: it is found out by asking, and remembered. */

let llm: FakeLlm;
beforeEach(async () => {
  llm = await startFakeLlm();
});
afterEach(() => llm.close());

function open(name = 'fake-1') {
  const provider = providerOf({ baseUrl: llm.baseUrl });
  const clients = createModelClients();
  return (modelName = name) =>
    clients.open({ provider, model: modelOf({ providerId: provider.id, name: modelName }), apiKey: null });
}

/** Refuses as the service does whose words these are. */
const refusing =
  (isWrong: (body: LlmBody) => boolean, body: unknown, status = 400): Reply =>
  (response, request) =>
    (isWrong(request.body) ? fail(status, { body }) : say('Fine.'))(response, request);

const error = (message: string) => ({ error: { message, type: 'invalid_request_error' } });
const LIMITED: Partial<ModelRequest> = { maxOutputTokens: 100, temperature: 0.2 };

describe('a service that refuses a part of the request', () => {
  it.each<[string, Reply, Partial<LlmBody>]>([
    [
      'stream_options, as older ones do',
      refusing(({ stream_options }) => stream_options !== undefined, error('Unknown parameter: stream_options')),
      { max_tokens: 100, temperature: 0.2 },
    ],
    [
      'stream_options, as those do that check every field',
      refusing(
        ({ stream_options }) => stream_options !== undefined,
        {
          detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }],
        },
        422,
      ),
      { max_tokens: 100, temperature: 0.2 },
    ],
    [
      'max_tokens, as newer models do',
      refusing(
        ({ max_tokens }) => max_tokens !== undefined,
        error(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        ),
      ),
      { max_completion_tokens: 100, temperature: 0.2, stream_options: { include_usage: true } },
    ],
    [
      'a temperature, as reasoning models do',
      refusing(
        ({ temperature }) => temperature !== undefined,
        error(
          "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) is supported.",
        ),
      ),
      { max_tokens: 100, stream_options: { include_usage: true } },
    ],
    [
      'all of them, one after the other',
      refusing(
        ({ temperature, max_tokens, stream_options }) => Boolean(temperature ?? max_tokens ?? stream_options),
        error('unsupported: temperature, max_tokens (use max_completion_tokens), stream_options'),
      ),
      { max_completion_tokens: 100 },
    ],
  ])('is asked without it from then on: %s', async (_what, reply, sent) => {
    llm.otherwise(reply);
    const model = open();

    expect((await collect(model().stream(requestOf('Hello', LIMITED)))).text).toBe('Fine.');
    const before = llm.requests.length;
    expect((await collect(model().stream(requestOf('Hello', LIMITED)))).text).toBe('Fine.');

    expect(llm.requests.slice(before).map(({ body }) => body)).toEqual([
      { model: 'fake-1', messages: [{ role: 'user', content: 'Hello' }], stream: true, ...sent },
    ]);
  });

  it.each(['System role not supported', 'Unexpected role "system": use user or assistant'])(
    'is told in the words of the user what it may not be told by the system: %s',
    async (message) => {
      llm.otherwise(refusing(({ messages }) => messages[0]?.role === 'system', error(message)));
      const messages: ModelMessage[] = [
        { role: 'system', text: 'Be kind.' },
        { role: 'user', text: 'Hello' },
      ];

      expect((await collect(open()().stream(requestOf(messages)))).text).toBe('Fine.');

      expect(llm.requests.at(-1)?.body.messages).toEqual([{ role: 'user', content: 'Be kind.\n\nHello' }]);
    },
  );

  it('is asked as before for another model', async () => {
    llm.otherwise(
      refusing(
        ({ model, temperature }) => model === 'odd' && temperature !== undefined,
        error('temperature is not supported'),
      ),
    );
    const model = open();

    for (const name of ['odd', 'even']) await collect(model(name).stream(requestOf('Hello', LIMITED)));

    expect(llm.requests.map(({ body }) => [body.model, body['temperature']])).toEqual([
      ['odd', 0.2],
      ['odd', undefined],
      ['even', 0.2],
    ]);
  });

  it.each([
    ['max_tokens is too large: 100. This model supports at most 64 completion tokens.'],
    ['max_tokens: 100 is not allowed, at most 64'],
    ['temperature must be at most 0.1'],
    [
      "'max_tokens' or 'max_completion_tokens' is too large: 100. This model's maximum context length is 96 tokens and your request has 90 input tokens.",
    ],
    ['no'],
  ])('is not asked again where it only wants another value: %s', async (message) => {
    llm.otherwise(fail(400, { body: error(message) }));

    await expect(collect(open()().stream(requestOf('Hello', LIMITED)))).rejects.toMatchObject({
      code: 'UPSTREAM_REFUSED',
    });
    expect(llm.requests).toHaveLength(1);
  });

  it('is asked no more often than is left, and no more than once for each part', async () => {
    llm.otherwise(
      fail(400, { body: error('unsupported: temperature, max_tokens, max_completion_tokens, stream_options') }),
    );

    await expect(collect(open()().stream(requestOf('Hello', LIMITED)))).rejects.toMatchObject({
      code: 'UPSTREAM_REFUSED',
    });
    expect(llm.requests).toHaveLength(4);
    const requests = { left: 2 };
    await expect(collect(open()().stream(requestOf('Hello', { ...LIMITED, requests })))).rejects.toMatchObject({
      code: 'UPSTREAM_REFUSED',
    });
    expect(llm.requests).toHaveLength(6);
  });
});

describe('reasoning', () => {
  const messages: ModelMessage[] = [
    { role: 'user', text: 'What time is it?' },
    {
      role: 'assistant',
      text: '',
      reasoning: 'I need a clock.',
      toolCalls: [{ id: 'c1', name: 'time_now', argumentsText: '{}' }],
    },
    { role: 'tool', callId: 'c1', name: 'time_now', text: '12:00' },
  ];
  const told = ({ body }: { body: LlmBody }) => body.messages[1]?.['reasoning_content'];

  it('is not sent back', async () => {
    llm.otherwise(say('Noon.'));

    await collect(open()().stream(requestOf(messages)));

    expect(llm.requests.map(told)).toEqual([undefined]);
  });

  it('is sent back to a service that asks for it', async () => {
    llm.otherwise(
      refusing(
        (body) => body.messages[1]?.['reasoning_content'] === undefined,
        error('Missing `reasoning_content` field in the assistant message at message index 1.'),
      ),
    );
    const model = open();

    await collect(model().stream(requestOf(messages)));
    await collect(model().stream(requestOf(messages)));

    expect(llm.requests.map(told)).toEqual([undefined, 'I need a clock.', 'I need a clock.']);
  });
});
