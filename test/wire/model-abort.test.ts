import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { collect, openAiModelAt, requestOf } from '../kit/answers.js';
import { fail, hang, say, stall, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';

let llm: FakeLlm;
beforeEach(async () => {
  llm = await startFakeLlm();
});
afterEach(() => llm.close());

it('ends a stream at once, and closes its connection, before the answer', async () => {
  llm.script([hang()]);
  const abort = new AbortController();
  const answer = collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { signal: abort.signal })));
  const { closed } = await llm.request(1);

  abort.abort(new Error('changed my mind'));

  await expect(answer).rejects.toThrow('changed my mind');
  expect(await closed).toBe(false);
  expect(llm.requests).toHaveLength(1);
});

it('ends a stream at once, and closes its connection, in the middle of the answer', async () => {
  llm.script([stall('Once upon')]);
  const abort = new AbortController();
  const stream = openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { signal: abort.signal }));

  const answer = collect(stream, () => abort.abort(new Error('changed my mind')));

  await expect(answer).rejects.toThrow('changed my mind');
  expect(await llm.requests[0]?.closed).toBe(false);
  expect(llm.requests).toHaveLength(1);
});

it('tells also what was held back as the beginning of a tag', async () => {
  llm.script([stall('Once upon\n</th')]);
  const abort = new AbortController();
  const stream = openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { signal: abort.signal }));
  let text = '';

  const answer = collect(stream, (part) => {
    if (part.type === 'text-delta') text += part.text;
    abort.abort(new Error('changed my mind'));
  });

  await expect(answer).rejects.toThrow('changed my mind');
  expect(text).toBe('Once upon\n</th');
});

it('does not wait for a service that asked to be asked later', async () => {
  llm.otherwise(fail(429, { retryAfter: 5 }));
  const abort = new AbortController();
  const answer = collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { signal: abort.signal })));
  const { closed } = await llm.request(1);
  await closed;

  abort.abort(new Error('changed my mind'));

  await expect(answer).rejects.toThrow('changed my mind');
  expect(llm.requests).toHaveLength(1);
});

it('keeps a request from being sent at all', async () => {
  const signal = AbortSignal.abort(new Error('too late'));

  await expect(collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { signal })))).rejects.toThrow('too late');
  expect(llm.requests).toHaveLength(0);
});

it('leaves nothing behind on a signal that outlives many answers', async () => {
  llm.otherwise(say('Hi.'));
  const warned = vi.fn<(warning: Error) => void>();
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const { signal } = new AbortController();

  for (let count = 0; count < 20; count++) {
    await collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { signal })));
  }
  await new Promise(setImmediate);

  expect(warned).not.toHaveBeenCalled();
});

it('is not needed to close the connection: leaving the loop does it too', async () => {
  llm.script([stall('Once upon')]);

  for await (const part of openAiModelAt(llm.baseUrl).stream(requestOf('Hello'))) {
    expect(part.type).toBe('text-delta');
    break;
  }

  expect(await llm.requests[0]?.closed).toBe(false);
});
