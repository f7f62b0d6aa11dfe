import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/base/errors.js';
import type { Model } from '../../src/domain/models/model.js';
import { collect, openAiModelAt, requestOf } from '../kit/answers.js';
import { failingService } from '../kit/failing-service.js';
import { cut, endEarly, fail, hang, say, sendRaw, stall, type Reply } from '../kit/fake-llm.js';

const service = failingService();

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
    service.llm.otherwise(reply);

    const { text, error } = await service.ask(times);

    expect({ text, code: error?.code, isRetryable: error?.details.isRetryable }).toEqual({
      text: '',
      code,
      isRetryable,
    });
    expect(service.llm.requests).toHaveLength(requests);
  });

  it('is forgotten if the service is well the next time', async () => {
    service.llm.script([fail(503), cut(), say('Here I am.')]);

    expect(await service.ask()).toEqual({ text: 'Here I am.', error: null });
    expect(service.llm.requests).toHaveLength(3);
  });

  it('is not tried again beyond the requests that are left for the step', async () => {
    service.llm.otherwise(fail(503));
    const requests = { left: 2 };
    const askAgain = () => collect(openAiModelAt(service.llm.baseUrl).stream(requestOf('Hello', { requests })));

    await expect(askAgain()).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
    await expect(askAgain()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect([requests, service.llm.requests.length]).toEqual([{ left: 0 }, 2]);
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
    service.llm.otherwise(reply);

    const { text, error } = await service.ask(times);

    expect({ text, code: error?.code, isRetryable: error?.details.isRetryable }).toEqual({
      text: 'Once upon',
      code,
      isRetryable: true,
    });
    expect(service.llm.requests).toHaveLength(1);
  });

  it.each<[string, Reply, Partial<Model>?]>([
    ['silence', stall('Once\n</th'), { idleTimeoutMs: 100 }],
    ['a cut connection', cut('Once\n</th')],
    ['an end without a finish reason', endEarly('Once\n</th')],
  ])('keeps also what may have been the beginning of a tag: %s', async (_name, reply, times) => {
    service.llm.script([reply]);

    const { text, error } = await service.ask(times);

    expect([text, error?.details.isRetryable]).toEqual(['Once\n</th', true]);
  });

  const finished = 'data: {"choices":[{"delta":{"content":"The end."},"finish_reason":"stop"}]}\n\n';
  it.each<[string, Reply, Partial<Model>?]>([
    ['an end without [DONE]', sse(finished)],
    ['half an event', sse(`${finished}data: {"cut`)],
    ['a cut connection', (response) => response.write(finished, () => setImmediate(() => response.destroy()))],
    ['silence', (response) => response.write(finished), { idleTimeoutMs: 100 }],
  ])('does not matter once the model has said that it finished: %s', async (_name, reply, times) => {
    service.llm.script([reply]);

    expect(await service.ask(times)).toEqual({ text: 'The end.', error: null });
  });

  it('does not keep the user waiting where the service does not hang up after [DONE]', async () => {
    service.llm.script([(response) => response.write(`${finished}data: [DONE]\n\n`)]);

    expect(await service.ask()).toEqual({ text: 'The end.', error: null });
    expect(await service.llm.requests[0]?.closed).toBe(false);
  });
});

describe('Retry-After', () => {
  it.each([
    ['seconds', { retryAfter: 0.2 }],
    ['a date', { retryAfter: new Date(Date.now() + 2_000).toUTCString() }],
  ])('is honoured as %s', async (_kind, options) => {
    service.llm.script([fail(429, options), say('Now.')]);
    const startedAt = Date.now();
    const due = typeof options.retryAfter === 'number' ? startedAt + 200 : Date.parse(options.retryAfter);

    expect(await service.ask()).toEqual({ text: 'Now.', error: null });
    expect(Date.now()).toBeGreaterThanOrEqual(due - 2);
  });

  it('is told to the user where it is too long to wait for', async () => {
    service.llm.script([fail(429, { retryAfter: 120 })]);

    const { error } = await service.ask();

    expect(error).toMatchObject({
      code: 'UPSTREAM_RATE_LIMITED',
      details: { isRetryable: true, retryAfterMs: 120_000 },
    });
    expect(service.llm.requests).toHaveLength(1);
  });
});
