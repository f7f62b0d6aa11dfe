import { describe, expect, it } from 'vitest';
import { TEST_KEY } from '../kit/answers.js';
import { failingService } from '../kit/failing-service.js';
import { fail, sendRaw } from '../kit/fake-llm.js';

const service = failingService();

describe('what the service said', () => {
  it('is for providerMessage only, without keys, on one line, in at most 500 characters', async () => {
    const words = `Wrong key ${TEST_KEY}\nsent as Bearer abc.def; also sk-proj-abc***xyz and http://u:pw@host/ ${'x '.repeat(600)}`;
    service.llm.script([fail(401, { body: { error: { message: words } } })]);

    const { error } = await service.ask();

    const said = error?.details.providerMessage ?? '';
    expect(said).toMatch(
      /^HTTP 401: Wrong key \[secret\] sent as Bearer \[secret\] also \[secret\] and http:\/\/\[secret\]@host\/ x x/,
    );
    expect(said).toHaveLength(500);
    expect(error?.message).toBe('The model service does not accept the key of its provider.');
  });

  it('is kept where the error is told in the middle of a stream, or as an answer', async () => {
    const error = '{"error": {"message": "out of memory"}}';
    service.llm.script([sendRaw(['data: {"choices":[{"delta":{"content":"Once"}}]}\n\n', `data: ${error}\n\n`])]);
    expect((await service.ask()).error?.details.providerMessage).toBe('out of memory');

    service.llm.otherwise(sendRaw([error], { contentType: 'application/json' }));
    expect((await service.ask()).error?.details.providerMessage).toBe('out of memory');
  });

  it.each([
    ['{"error": {"message": "in error.message"}}', 'in error.message'],
    ['{"error": "in error"}', 'in error'],
    ['{"object": "error", "message": "in message"}', 'in message'],
    ['{"detail": "in detail"}', 'in detail'],
    ['<html><style>a{}</style><h1>a page</h1></html>', 'a page'],
    ['plain words', 'plain words'],
  ])('is found in %s', async (body, said) => {
    service.llm.script([(response) => response.writeHead(400).end(body)]);

    const { error } = await service.ask();

    expect(error?.details.providerMessage).toBe(`HTTP 400: ${said}`);
  });
});

describe('a refusal of tools', () => {
  const tools = [{ name: 'time_now', description: 'Tells the time.', parameters: {} }];

  it.each([
    [400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'],
    [400, 'registry.ollama.ai/library/gemma does not support tools'],
    [404, 'No endpoints found that support tool use'],
    [422, 'Extra inputs are not permitted: functions'],
    [500, "'function_call' is not implemented"],
    [501, 'function calling is not implemented'],
  ])('is known by its status, %i, and its words: %s', async (status, message) => {
    expect((await service.refusalOf(status, message, { tools })).details.hasRefusedTools).toBe(true);
  });

  it.each([
    [500, 'FUNCTION_INVOCATION_FAILED'],
    [503, 'the function is starting'],
    [401, 'You may not use tools with this key'],
    [429, 'Too many tool calls'],
    [400, 'maximum context length is 4097 tokens, you requested 5000 (3000 in the messages, 2000 in the functions)'],
    [500, 'out of memory'],
    [500, 'error parsing tool call: raw=\'{"city": \', err=unexpected end of JSON input'],
    [500, 'Failed to parse tool call arguments as JSON'],
    [400, "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details."],
    [400, "tool call validation failed: attempted to call tool 'x' which was not in request.tools"],
  ])('is nothing else: %i %s', async (status, message) => {
    expect((await service.refusalOf(status, message, { tools })).details.hasRefusedTools).toBeUndefined();
  });
});

describe('a refusal of what is too long', () => {
  const isTooLong = async (status: number, message: string) =>
    (await service.refusalOf(status, message)).details.isTooLong ?? false;

  it.each([
    [400, "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens."],
    [400, 'The prompt is too long: 5000 tokens, 4096 at most'],
    [400, 'the request exceeds the available context size. try increasing the context size'],
    [413, 'Request too large for model `llama` on tokens per minute'],
    [422, 'Prompt contains 5000 tokens, too large for model with 4096 maximum context length'],
    [500, 'input length exceeds the maximum of the model'],
    [
      400,
      "'max_tokens' or 'max_completion_tokens' is too large: 1000. This model's maximum context length is 4096 tokens and your request has 3494 input tokens (1000 > 4096 - 3494).",
    ],
    [400, 'The decoder prompt (length 5001) is longer than the maximum model length of 4096'],
    [400, "This model's maximum prompt length is 131072 but the request contains 140000 tokens."],
    [422, 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens'],
    [400, 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'],
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

describe('a call that the model wrote badly', () => {
  it.each([
    [500, "error parsing tool call: raw='{', err=unexpected end of JSON input"],
    [400, "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details."],
  ])('is a failure that may be tried again: %i %s', async (status, message) => {
    expect(await service.refusalOf(status, message)).toMatchObject({
      code: 'UPSTREAM_FAILED',
      details: { isRetryable: true },
    });
  });
});
