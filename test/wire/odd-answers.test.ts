import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { Secret } from '../../src/base/secret.js';
import type { Model } from '../../src/domain/models/model.js';
import { createModelClients } from '../../src/infra/model-clients.js';
import { collect, openAiModelAt, requestOf } from '../kit/answers.js';
import { fail, sendRaw, startFakeLlm, type FakeLlm, type Reply } from '../kit/fake-llm.js';
import { modelOf, providerOf } from '../kit/models.js';

/** What services send that nobody foresaw: it is understood as far as it can be, or fails by a name, and never by a fault of ours. */

let llm: FakeLlm;
beforeEach(async () => {
  llm = await startFakeLlm();
  // No jitter: what is waited for is then what the service asked for.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await llm.close();
});

const ask = (more: Partial<Model> = {}) => collect(openAiModelAt(llm.baseUrl, more).stream(requestOf('Hello')));
const failureOf = (answer: Promise<unknown>): Promise<unknown> => answer.catch((error: unknown) => error);

const inOnePiece = (body: unknown): Reply => sendRaw([JSON.stringify(body)], { contentType: 'application/json' });
const events = (...chunks: unknown[]): string => chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');
const streamed = (...chunks: unknown[]): Reply => sendRaw([events(...chunks)]);
const finished = (message: unknown) => ({ choices: [{ message, finish_reason: 'stop' }] });

describe('an answer of a shape that makes no sense', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 7],
    ['a list', []],
    ['content that is an object', finished({ content: { a: 1 } })],
    ['content with a hole in it', finished({ content: [null] })],
    ['calls that are no list', finished({ tool_calls: { name: 'x' } })],
    ['a call that is null', finished({ tool_calls: [null] })],
  ])('fails by name in one piece and as a stream: %s', async (_what, body) => {
    for (const reply of [inOnePiece(body), streamed(body)]) {
      llm.script([reply, reply, reply]);
      expect(await failureOf(ask())).toMatchObject({ code: 'UPSTREAM_FAILED', details: { isRetryable: true } });
    }
  });

  it('is taken as what it means where that is plain: texts as numbers, reasons that nobody knows', async () => {
    llm.script([
      streamed(
        { choices: [{ delta: { content: [{ type: 'text', text: 7 }] } }] },
        { choices: [{ delta: { tool_calls: [{ index: 0, id: 12, function: { name: 'f', arguments: '{}' } }] } }] },
        { choices: [{ delta: {}, finish_reason: 'constructor' }] },
      ),
    ]);

    expect(await ask()).toMatchObject({
      text: '7',
      toolCalls: [{ id: '12', name: 'f', argumentsText: '{}' }],
      finish: { reason: 'tool-calls' },
    });
  });
});

it('reads one of several answers, in whatever chunks they come', async () => {
  const said = (index: number, content: string, finish_reason: string | null = null) => ({
    index,
    delta: { content },
    finish_reason,
  });
  llm.script([
    streamed(
      { choices: [said(1, 'one ')] },
      { choices: [said(0, 'another ')] },
      { choices: [said(0, 'answer', 'length'), said(1, 'answer')] },
      { choices: [said(1, '.', 'stop')] },
    ),
  ]);

  expect(await ask()).toMatchObject({ text: 'one answer.', finish: { reason: 'stop' } });
});

it('reads a content that is a list of texts', async () => {
  llm.script([streamed({ choices: [{ delta: { content: ['one ', 'two'] }, finish_reason: 'stop' }] })]);

  expect(await ask()).toMatchObject({ text: 'one two' });
});

it('reads a stream that says of itself that it is JSON', async () => {
  const stream = `${events({ choices: [{ message: { content: '안녕' } }] }, finished({ content: '하세요' }))}data: [DONE]\n\n`;
  llm.script([sendRaw([stream], { contentType: 'application/json' })]);

  expect(await ask()).toMatchObject({ text: '안녕하세요', finish: { reason: 'stop' } });
});

it('passes over events without data, as some services send to keep the connection', async () => {
  llm.script([sendRaw(['data:\n\n', events(finished({ content: 'Hi.' })), 'data: \n\n'])]);

  expect(await ask()).toMatchObject({ text: 'Hi.', finish: { reason: 'stop' } });
});

it('asks for nothing compressed, and says so where it comes compressed all the same', async () => {
  llm.otherwise((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
    response.end(gzipSync(events(finished({ content: 'Hi.' }))));
  });

  expect(await failureOf(ask())).toMatchObject({
    code: 'UPSTREAM_FAILED',
    details: { providerMessage: 'The answer is compressed (gzip), which nobody asked for.' },
  });
  expect(llm.requests[0]?.headers['accept-encoding']).toBe('identity');
});

it('reads what says in any case of letters that it is not compressed', async () => {
  llm.otherwise((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'Identity' });
    response.end(events(finished({ content: 'Hi.' })));
  });

  expect(await ask()).toMatchObject({ text: 'Hi.', finish: { reason: 'stop' } });
});

describe('usage that cannot be', () => {
  it.each<[string, object]>([
    ['negative', { prompt_tokens: -10, completion_tokens: 5 }],
    ['half a token', { prompt_tokens: 10, completion_tokens: 2.5 }],
    ['more than any window holds', { prompt_tokens: 1e12, completion_tokens: 5 }],
    ['nothing at all', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }],
    ['no numbers', { prompt_tokens: '10', completion_tokens: '5' }],
  ])('counts as none: %s', async (_what, usage) => {
    llm.script([streamed({ ...finished({ content: 'Hi.' }), usage })]);

    expect((await ask()).finish).toEqual({ reason: 'stop', usage: null });
  });

  it('counts no more as cached, or as reasoning, than there is', async () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 11 },
      completion_tokens_details: { reasoning_tokens: -1 },
    };
    llm.script([streamed({ ...finished({ content: 'Hi.' }), usage })]);

    expect((await ask()).finish?.usage).toMatchObject({ cachedTokens: 10, reasoningTokens: 0 });
  });
});

it.each<[string, (response: ServerResponse) => unknown]>([
  ['of silence', () => undefined],
  ['of signs of life', (response) => setInterval(() => response.write(': alive\n\n'), 500).unref()],
])('waits only a moment for what may still follow the finish reason: %s', async (_, goOn) => {
  llm.script([
    (response) => {
      response.write(events(finished({ content: 'The end.' })));
      goOn(response);
    },
  ]);
  const startedAt = performance.now();

  expect(await ask({ idleTimeoutMs: 60_000 })).toMatchObject({ text: 'The end.' });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

describe('a failure that the service tells as an answer', () => {
  it.each<[string, object, string, boolean]>([
    ['a code of HTTP', { code: 429, message: 'slow down' }, 'UPSTREAM_RATE_LIMITED', true],
    ['a code of HTTP as a text', { code: '400', message: 'no' }, 'UPSTREAM_REFUSED', false],
    ['a code in words', { code: 'rate_limit_exceeded', message: 'slow down' }, 'UPSTREAM_RATE_LIMITED', true],
    ['a type', { type: 'insufficient_quota', message: 'pay' }, 'UPSTREAM_RATE_LIMITED', true],
    ['no code', { message: 'oops' }, 'UPSTREAM_FAILED', true],
  ])('is named by %s', async (_what, error, code, isRetryable) => {
    for (const reply of [inOnePiece({ error }), streamed({ error })]) {
      llm.script([reply, reply, reply]);
      expect(await failureOf(ask())).toMatchObject({ code, details: { isRetryable } });
    }
  });
});

describe('JSON under another name', () => {
  it.each(['text/event-stream', 'text/plain', undefined])('is read all the same: %s', async (contentType) => {
    const under =
      (body: unknown): Reply =>
      (response) => {
        response.writeHead(200, contentType === undefined ? {} : { 'content-type': contentType });
        response.end(JSON.stringify(body, null, 2));
      };
    llm.script([under({ error: { message: 'slow down', code: 401 } })]);
    expect(await failureOf(ask())).toMatchObject({
      code: 'UPSTREAM_REFUSED',
      details: { providerMessage: 'slow down' },
    });

    llm.script([under({ ...finished({ content: '안녕' }), usage: { prompt_tokens: 3, completion_tokens: 2 } })]);
    expect(await ask()).toMatchObject({ text: '안녕', finish: { reason: 'stop', usage: { inputTokens: 3 } } });
  });

  it('is told as it stands where it is none', async () => {
    const words = sendRaw(['upstream connect error\n'], { contentType: 'text/plain' });
    llm.script([words, words, words]);

    expect(await failureOf(ask())).toMatchObject({
      code: 'UPSTREAM_FAILED',
      details: { providerMessage: 'upstream connect error' },
    });
  });
});

it.each<[string, string]>([
  ['as a list', JSON.stringify([{ error: { message: 'No such model', code: 404 } }])],
  ['as a field of its own', 'error: {"message":"No such model","code":404}\n\n'],
  [
    'as a field of its own, after a piece of the answer',
    `${events({ choices: [{ delta: { content: '안' } }] })}error: {"message":"No such model","code":404}\n\n`,
  ],
])('knows an error that comes %s', async (_how, body) => {
  llm.script([sendRaw([body])]);

  expect(await failureOf(ask())).toMatchObject({
    code: 'UPSTREAM_REFUSED',
    details: { providerMessage: 'No such model' },
  });
});

it('knows an error that comes as a field of its own under the type of JSON', async () => {
  llm.script([sendRaw(['error: {"message":"No such model","code":404}\n\n'], { contentType: 'application/json' })]);

  expect(await failureOf(ask())).toMatchObject({
    code: 'UPSTREAM_REFUSED',
    details: { providerMessage: 'No such model' },
  });
});

it('knows an error that comes as a detail', async () => {
  const report = streamed({ detail: 'Out of memory' });
  llm.script([report, report, report]);

  expect(await failureOf(ask())).toMatchObject({
    code: 'UPSTREAM_FAILED',
    details: { providerMessage: 'Out of memory' },
  });
});

it('takes an empty error beside an answer for none, and blanks after the end for nothing', async () => {
  llm.script([sendRaw([events({ ...finished({ content: 'Hi.' }), error: {} }), 'data: [DONE] \n\n'])]);

  expect(await ask()).toMatchObject({ text: 'Hi.', finish: { reason: 'stop' } });
});

it('ends at once at the word that says so, also with a blank after it', async () => {
  const reply = sendRaw(['data: [DONE] \n\n']);
  llm.script([reply, reply, reply]);

  expect(await failureOf(ask())).toMatchObject({
    details: { providerMessage: expect.stringContaining('finish reason') },
  });
});

it('takes a message without choices for a report, as services send it by an event of its own', async () => {
  const report = sendRaw([`event: error\n${events({ message: 'Overloaded', code: 503 })}`]);
  llm.script([report, report, report]);

  expect(await failureOf(ask())).toMatchObject({ code: 'UPSTREAM_FAILED', details: { providerMessage: 'Overloaded' } });
});

describe('Retry-After', () => {
  it.each<[string, number | string, number | undefined]>([
    ['a year', 31_536_000, 86_400_000],
    ['longer than a number can say', '9'.repeat(40), 86_400_000],
    ['a date at the end of time', 'Fri, 31 Dec 9999 23:59:59 GMT', 86_400_000],
    ['less than nothing', -5, 0],
    ['a date that is past', new Date(0).toUTCString(), 0],
    ['words', 'soon', undefined],
  ])('is never told as more than a day, or less than nothing: %s', async (_what, retryAfter, retryAfterMs) => {
    llm.otherwise(fail(429, { retryAfter }));

    const error = await failureOf(ask());

    expect(error).toMatchObject({ code: 'UPSTREAM_RATE_LIMITED' });
    expect((error as AppError).details.retryAfterMs).toBe(retryAfterMs);
  });
});

describe('secrets in what a service says', () => {
  const said = async (key: string, message: string) => {
    llm.script([fail(401, { body: { error: { message } } })]);
    const provider = providerOf({ baseUrl: llm.baseUrl, hasApiKey: true });
    const model = modelOf({ providerId: provider.id });
    const client = createModelClients().open({ model, provider, apiKey: new Secret(key) });
    const error = (await failureOf(collect(client.stream(requestOf('Hello'))))) as AppError;
    return error.details.providerMessage;
  };

  it.each([
    ['the key, as an address spells it', 'a+b/c==d', 'at /v1?k=a%2Bb%2Fc%3D%3Dd', 'at /v1?k=[secret]'],
    ['the key, in base64', 'short-key', `Basic ${btoa('short-key')}`, 'Basic [secret]'],
    ['anybody’s key in an address', 'other', 'GET /models?key=AIzaSyA0123&alt=sse', 'GET /models?key=[secret]&alt=sse'],
    ['anybody’s key in a body', 'other', '{"api_key": "abc", "n": 1}', '{"api_key": "[secret]", "n": 1}'],
    ['a header', 'other', 'x-api-key: abc123 was sent', 'x-api-key: [secret] was sent'],
  ])('are taken out: %s', async (_what, key, message, safe) => {
    expect(await said(key, message)).toBe(`HTTP 401: ${safe}`);
  });

  it.each(['token_limit_exceeded', 'api_connection_error', 'key_not_found', 'the token is wrong'])(
    'are not taken for what is none: %s',
    async (message) => {
      expect(await said('sk-1', message)).toBe(`HTTP 401: ${message}`);
    },
  );
});
