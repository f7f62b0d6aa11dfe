import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError, type ErrorCode } from '../../src/base/errors.js';
import type { Model } from '../../src/domain/models/model.js';
import { collect, openAiModelAt, requestOf, TEST_KEY } from '../kit/answers.js';
import {
  cut,
  endEarly,
  fail,
  hang,
  say,
  sendRaw,
  stall,
  startFakeLlm,
  type FakeLlm,
  type Reply,
} from '../kit/fake-llm.js';

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

/** Asks once. Returns the text that came and how it ended. */
async function ask(more: Partial<Model> = {}): Promise<{ text: string; error: AppError | null }> {
  let text = '';
  try {
    await collect(openAiModelAt(llm.baseUrl, more).stream(requestOf('Hello')), (part) => {
      if (part.type === 'text-delta') text += part.text;
    });
    return { text, error: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { text, error };
  }
}

const html = sendRaw(['<html><head><title>Bad gateway</title></head><body>nginx</body></html>'], {
  contentType: 'text/html',
});
const sse = (...pieces: string[]): Reply => sendRaw(pieces);

describe('a failure before the first part', () => {
  type Row = {
    name: string;
    reply: Reply;
    times?: Partial<Model>;
    code: ErrorCode;
    isRetryable: boolean;
    requests: number;
  };
  it.each<Row>([
    {
      name: 'no answer at all',
      reply: hang(),
      times: { firstByteTimeoutMs: 60 },
      code: 'UPSTREAM_TIMEOUT',
      isRetryable: true,
      requests: 1,
    },
    { name: 'a reset', reply: cut(), code: 'UPSTREAM_FAILED', isRetryable: true, requests: 3 },
    { name: '400', reply: fail(400), code: 'UPSTREAM_REFUSED', isRetryable: false, requests: 1 },
    { name: '401', reply: fail(401), code: 'UPSTREAM_REFUSED', isRetryable: false, requests: 1 },
    { name: '404', reply: fail(404), code: 'UPSTREAM_REFUSED', isRetryable: false, requests: 1 },
    { name: 'a redirect', reply: fail(302), code: 'UPSTREAM_REFUSED', isRetryable: false, requests: 1 },
    { name: '408', reply: fail(408), code: 'UPSTREAM_FAILED', isRetryable: true, requests: 3 },
    { name: '409', reply: fail(409), code: 'UPSTREAM_FAILED', isRetryable: true, requests: 3 },
    { name: '429', reply: fail(429), code: 'UPSTREAM_RATE_LIMITED', isRetryable: true, requests: 3 },
    { name: '500', reply: fail(500), code: 'UPSTREAM_FAILED', isRetryable: true, requests: 3 },
    { name: '503', reply: fail(503), code: 'UPSTREAM_FAILED', isRetryable: true, requests: 3 },
    { name: 'a page of HTML', reply: html, code: 'UPSTREAM_FAILED', isRetryable: true, requests: 3 },
    { name: 'an empty stream', reply: sse(), code: 'UPSTREAM_FAILED', isRetryable: true, requests: 3 },
    {
      name: 'nothing but [DONE]',
      reply: sse('data: [DONE]\n\n'),
      code: 'UPSTREAM_FAILED',
      isRetryable: true,
      requests: 3,
    },
    {
      name: 'broken JSON',
      reply: sse('data: {"choices": [\n\n'),
      code: 'UPSTREAM_FAILED',
      isRetryable: true,
      requests: 3,
    },
    {
      name: 'JSON that is no chunk',
      reply: sse('data: 7\n\n'),
      code: 'UPSTREAM_FAILED',
      isRetryable: true,
      requests: 3,
    },
    {
      name: 'no events at all',
      reply: sse('Hello, I am a web server.'),
      code: 'UPSTREAM_FAILED',
      isRetryable: true,
      requests: 3,
    },
    {
      name: 'an error that is told as an answer',
      reply: sendRaw(['{"error": "overloaded"}'], { contentType: 'application/json' }),
      code: 'UPSTREAM_FAILED',
      isRetryable: true,
      requests: 3,
    },
    {
      name: 'an error in the stream',
      reply: sse('data: {"error": {"message": "overloaded"}}\n\n'),
      code: 'UPSTREAM_FAILED',
      isRetryable: true,
      requests: 3,
    },
  ])('$name is $code after $requests requests', async ({ reply, times, code, isRetryable, requests }) => {
    llm.otherwise(reply);

    const { text, error } = await ask(times);

    expect({ text, code: error?.code, isRetryable: error?.details.isRetryable }).toEqual({
      text: '',
      code,
      isRetryable,
    });
    expect(llm.requests).toHaveLength(requests);
  });

  it('is forgotten if the service is well the next time', async () => {
    llm.script([fail(503), cut(), say('Here I am.')]);

    expect(await ask()).toEqual({ text: 'Here I am.', error: null });
    expect(llm.requests).toHaveLength(3);
  });

  it('is not tried again beyond the requests that are left for the step', async () => {
    llm.otherwise(fail(503));
    const requests = { left: 2 };
    const ask = () => collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { requests })));

    await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
    await expect(ask()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect([requests, llm.requests.length]).toEqual([{ left: 0 }, 2]);
  });

  it('is UPSTREAM_FAILED where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));

    const answer = collect(openAiModelAt(`http://127.0.0.1:${port}/v1`).stream(requestOf('Hello')));

    await expect(answer).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      details: { isRetryable: true, providerMessage: expect.stringContaining('ECONNREFUSED') },
    });
  });
});

describe('a failure in the middle of the answer', () => {
  type Row = { name: string; reply: Reply; times?: Partial<Model>; code: ErrorCode };
  it.each<Row>([
    { name: 'silence', reply: stall('Once upon'), times: { idleTimeoutMs: 100 }, code: 'UPSTREAM_TIMEOUT' },
    { name: 'a cut connection', reply: cut('Once upon'), code: 'UPSTREAM_FAILED' },
    { name: 'an end without a finish reason', reply: endEarly('Once upon'), code: 'UPSTREAM_FAILED' },
    {
      name: 'a finish reason that tells of an error',
      reply: say('Once upon', { finishReason: 'error' }),
      code: 'UPSTREAM_FAILED',
    },
    {
      name: 'broken JSON',
      reply: sse('data: {"choices":[{"delta":{"content":"Once upon"}}]}\n\n', 'data: {oops}\n\n'),
      code: 'UPSTREAM_FAILED',
    },
    {
      name: 'a report of an error',
      reply: sse(
        'data: {"choices":[{"delta":{"content":"Once upon"}}]}\n\n',
        'event: error\ndata: {"object":"error","message":"out of memory"}\n\n',
      ),
      code: 'UPSTREAM_FAILED',
    },
  ])('keeps the text and is not tried again: $name', async ({ reply, times, code }) => {
    llm.otherwise(reply);

    const { text, error } = await ask(times);

    expect({ text, code: error?.code, isRetryable: error?.details.isRetryable }).toEqual({
      text: 'Once upon',
      code,
      isRetryable: true,
    });
    expect(llm.requests).toHaveLength(1);
  });

  const finished = 'data: {"choices":[{"delta":{"content":"The end."},"finish_reason":"stop"}]}\n\n';
  it.each<[string, Reply, Partial<Model>?]>([
    ['an end without [DONE]', sse(finished)],
    ['half an event', sse(`${finished}data: {"cut`)],
    ['a cut connection', (response) => response.write(finished, () => setImmediate(() => response.destroy()))],
    ['silence', (response) => response.write(finished), { idleTimeoutMs: 100 }],
  ])('does not matter once the model has said that it finished: %s', async (_name, reply, times) => {
    llm.script([reply]);

    expect(await ask(times)).toEqual({ text: 'The end.', error: null });
  });

  it('does not keep the user waiting where the service does not hang up after [DONE]', async () => {
    llm.script([(response) => response.write(`${finished}data: [DONE]\n\n`)]);

    expect(await ask()).toEqual({ text: 'The end.', error: null });
    expect(await llm.requests[0]?.closed).toBe(false);
  });
});

describe('Retry-After', () => {
  it.each([
    ['seconds', { retryAfter: 0.2 }],
    ['a date', { retryAfter: new Date(Date.now() + 2_000).toUTCString() }],
  ])('is honoured as %s', async (_kind, options) => {
    llm.script([fail(429, options), say('Now.')]);
    const startedAt = Date.now();
    const due = typeof options.retryAfter === 'number' ? startedAt + 200 : Date.parse(options.retryAfter);

    expect(await ask()).toEqual({ text: 'Now.', error: null });
    expect(Date.now()).toBeGreaterThanOrEqual(due - 2);
  });

  it('is told to the user where it is too long to wait for', async () => {
    llm.script([fail(429, { retryAfter: 120 })]);

    const { error } = await ask();

    expect(error).toMatchObject({
      code: 'UPSTREAM_RATE_LIMITED',
      details: { isRetryable: true, retryAfterMs: 120_000 },
    });
    expect(llm.requests).toHaveLength(1);
  });
});

describe('what the service said', () => {
  it('is for providerMessage only, without keys, on one line, in at most 500 characters', async () => {
    const words = `Wrong key ${TEST_KEY}\nsent as Bearer abc.def; also sk-proj-abc***xyz and http://u:pw@host/ ${'x '.repeat(600)}`;
    llm.script([fail(401, { body: { error: { message: words } } })]);

    const { error } = await ask();

    const said = error?.details.providerMessage ?? '';
    expect(said).toMatch(
      /^HTTP 401: Wrong key \[secret\] sent as Bearer \[secret\] also \[secret\] and http:\/\/\[secret\]@host\/ x x/,
    );
    expect(said).toHaveLength(500);
    expect(error?.message).toBe('The model service does not accept the key of its provider.');
  });

  it('is kept where the error is told in the middle of a stream, or as an answer', async () => {
    const error = '{"error": {"message": "out of memory"}}';
    llm.script([sse('data: {"choices":[{"delta":{"content":"Once"}}]}\n\n', `data: ${error}\n\n`)]);
    expect((await ask()).error?.details.providerMessage).toBe('out of memory');

    llm.otherwise(sendRaw([error], { contentType: 'application/json' }));
    expect((await ask()).error?.details.providerMessage).toBe('out of memory');
  });

  it.each([
    ['{"error": {"message": "in error.message"}}', 'in error.message'],
    ['{"error": "in error"}', 'in error'],
    ['{"object": "error", "message": "in message"}', 'in message'],
    ['{"detail": "in detail"}', 'in detail'],
    ['<html><style>a{}</style><h1>a page</h1></html>', 'a page'],
    ['plain words', 'plain words'],
  ])('is found in %s', async (body, said) => {
    llm.script([(response) => response.writeHead(400).end(body)]);

    const { error } = await ask();

    expect(error?.details.providerMessage).toBe(`HTTP 400: ${said}`);
  });
});

describe('a refusal of tools', () => {
  const refusalOf = async (status: number, message: string) => {
    llm.script([fail(status, { body: { error: { message } } })]);
    const tools = [{ name: 'time_now', description: 'Tells the time.', parameters: {} }];
    const answer = collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { tools, requests: { left: 1 } })));
    return (await answer.catch((error: unknown) => error)) as AppError;
  };

  it.each([
    [400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'],
    [400, 'registry.ollama.ai/library/gemma does not support tools'],
    [404, 'No endpoints found that support tool use'],
    [422, 'Extra inputs are not permitted: functions'],
    [500, "'function_call' is not implemented"],
    [501, 'function calling is not implemented'],
  ])('is known by its status, %i, and its words: %s', async (status, message) => {
    expect((await refusalOf(status, message)).details.hasRefusedTools).toBe(true);
  });

  it.each([
    [500, 'FUNCTION_INVOCATION_FAILED'],
    [503, 'the function is starting'],
    [401, 'You may not use tools with this key'],
    [429, 'Too many tool calls'],
    [400, 'maximum context length is 4097 tokens, you requested 5000 (3000 in the messages, 2000 in the functions)'],
    [500, 'out of memory'],
  ])('is nothing else: %i %s', async (status, message) => {
    expect((await refusalOf(status, message)).details.hasRefusedTools).toBeUndefined();
  });
});

describe('a refusal of what is too long', () => {
  const isTooLong = async (status: number, message: string) => {
    llm.script([fail(status, { body: { error: { message } } })]);
    const answer = collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { requests: { left: 1 } })));
    return ((await answer.catch((error: unknown) => error)) as AppError).details.isTooLong ?? false;
  };

  it.each([
    [400, "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens."],
    [400, 'The prompt is too long: 5000 tokens, 4096 at most'],
    [400, 'the request exceeds the available context size. try increasing the context size'],
    [413, 'Request too large for model `llama` on tokens per minute'],
    [422, 'Prompt contains 5000 tokens, too large for model with 4096 maximum context length'],
    [500, 'input length exceeds the maximum of the model'],
  ])('is known by its status, %i, and its words: %s', async (status, message) => {
    expect(await isTooLong(status, message)).toBe(true);
  });

  it.each([
    [429, 'Request too large: rate limit reached'],
    [400, 'unknown field'],
    [400, "'max_tokens' is too large: 9000. This model supports at most 4096 completion tokens"],
    [503, 'the queue is too long'],
  ])('is nothing else: %i %s', async (status, message) => {
    expect(await isTooLong(status, message)).toBe(false);
  });
});
