import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelMessage, ModelPart } from '../../src/domain/models/language-model.js';
import { createModelClients } from '../../src/infra/model-clients.js';
import { collect, openAiModelAt, requestOf, TEST_KEY } from '../kit/answers.js';
import { callTool, FAKE_USAGE, fail, say, startFakeLlm, type FakeLlm, type Reply } from '../kit/fake-llm.js';
import { modelOf, providerOf } from '../kit/models.js';

let llm: FakeLlm;
beforeEach(async () => {
  llm = await startFakeLlm();
});
afterEach(() => llm.close());

const USAGE = { inputTokens: 10, outputTokens: 5, cachedTokens: 0, reasoningTokens: 0, cost: null, isEstimated: false };

describe('the request', () => {
  it('says what is to be said, and no more', async () => {
    llm.script([say('Hi.')]);

    await collect(openAiModelAt(llm.baseUrl).stream(requestOf('안녕하세요')));

    expect(llm.requests[0]?.body).toEqual({
      model: 'fake-1',
      messages: [{ role: 'user', content: '안녕하세요' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('tells of tools, their calls and their results', async () => {
    llm.script([say('It is noon.')]);
    const messages: ModelMessage[] = [
      { role: 'system', text: 'Be short.' },
      { role: 'user', text: 'What time is it?' },
      { role: 'assistant', text: '', toolCalls: [{ id: 'c1', name: 'time_now', argumentsText: '{"timeZone":"UTC"}' }] },
      { role: 'tool', callId: 'c1', name: 'time_now', text: '12:00' },
      { role: 'assistant', text: 'Noon.', toolCalls: [] },
    ];
    const parameters = { type: 'object', properties: { timeZone: { type: 'string' } } };
    const tools = [{ name: 'time_now', description: 'Tells the time.', parameters }];

    await collect(
      openAiModelAt(llm.baseUrl).stream(requestOf(messages, { tools, temperature: 0, maxOutputTokens: 100 })),
    );

    const toolCall = { id: 'c1', type: 'function', function: { name: 'time_now', arguments: '{"timeZone":"UTC"}' } };
    expect(llm.requests[0]?.body).toEqual({
      model: 'fake-1',
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'What time is it?' },
        { role: 'assistant', content: null, tool_calls: [toolCall] },
        { role: 'tool', tool_call_id: 'c1', content: '12:00' },
        { role: 'assistant', content: 'Noon.' },
      ],
      tools: [{ type: 'function', function: { name: 'time_now', description: 'Tells the time.', parameters } }],
      temperature: 0,
      max_tokens: 100,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('tells of functions where the service knows no tools: one call a message, answered by name', async () => {
    llm.script([say('Done.')]);
    const messages: ModelMessage[] = [
      { role: 'user', text: 'Two times, please.' },
      {
        role: 'assistant',
        text: 'Let me see.',
        toolCalls: [
          { id: 'c1', name: 'time_now', argumentsText: '{}' },
          { id: 'c2', name: 'time_then', argumentsText: '{"x":1}' },
        ],
      },
      { role: 'tool', callId: 'c2', name: 'time_then', text: 'then' },
      { role: 'tool', callId: 'c1', name: 'time_now', text: 'now' },
    ];
    const tools = [{ name: 'time_now', description: 'Tells the time.', parameters: { type: 'object' } }];

    await collect(openAiModelAt(llm.baseUrl).stream(requestOf(messages, { tools, toolFormat: 'FUNCTIONS' })));

    const body = llm.requests[0]?.body;
    expect([body?.['functions'], body?.tools]).toEqual([tools, undefined]);
    expect(body?.messages).toEqual([
      { role: 'user', content: 'Two times, please.' },
      { role: 'assistant', content: 'Let me see.', function_call: { name: 'time_now', arguments: '{}' } },
      { role: 'function', name: 'time_now', content: 'now' },
      { role: 'assistant', content: '', function_call: { name: 'time_then', arguments: '{"x":1}' } },
      { role: 'function', name: 'time_then', content: 'then' },
    ]);
  });

  it('shows images after the text that they belong to, by their bytes or by their address', async () => {
    llm.otherwise(say('A cat.'));
    const images = [
      { mediaType: 'image/png', base64: 'iVBORw0KGgo=' },
      { mediaType: 'image/webp', url: 'https://files.example/cat.webp?signature=1' },
    ] as const;
    const parts = [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
      { type: 'image_url', image_url: { url: 'https://files.example/cat.webp?signature=1' } },
    ];
    const model = openAiModelAt(llm.baseUrl);

    await collect(model.stream(requestOf([{ role: 'user', text: 'What is this?', images }])));
    await collect(model.stream(requestOf([{ role: 'user', text: '', images }], { toolFormat: 'FUNCTIONS' })));
    await collect(model.stream(requestOf([{ role: 'user', text: 'Nothing to see.', images: [] }])));

    expect(llm.requests.map(({ body }) => body.messages)).toEqual([
      [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, ...parts] }],
      [{ role: 'user', content: parts }],
      [{ role: 'user', content: 'Nothing to see.' }],
    ]);
  });

  it('is not repeated where the service answers that it cannot take tools', async () => {
    llm.otherwise(fail(500, { body: { error: { message: 'tools is not supported' } } }));
    const tools = [{ name: 'time_now', description: 'Tells the time.', parameters: { type: 'object' } }];

    const answer = collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello', { tools })));

    await expect(answer).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
    expect(llm.requests).toHaveLength(1);
  });

  it('carries the key of its provider, and none where there is none', async () => {
    llm.otherwise(say('Hi.'));
    const provider = providerOf({ baseUrl: llm.baseUrl });
    const keyless = createModelClients().open({ provider, model: modelOf({ providerId: provider.id }), apiKey: null });

    await collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello')));
    await collect(keyless.stream(requestOf('Hello')));

    expect(llm.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TEST_KEY}`, undefined]);
  });

  it('uses the connection of an answer that has ended', async () => {
    const ports = new Set<number | undefined>();
    const reply: Reply = (response, request) => {
      ports.add(response.socket?.remotePort);
      return say('Hi.')(response, request);
    };
    llm.otherwise(reply);

    for (let count = 0; count < 5; count++) await collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello')));

    expect(ports.size).toBe(1);
  });
});

describe('the answer', () => {
  it('is text, reasoning, tool calls and usage', async () => {
    llm.script([
      callTool('time_now', { timeZone: 'UTC' }, { id: 'c1', text: 'Let me see.', reasoning: 'I need the time.' }),
    ]);

    expect(await collect(openAiModelAt(llm.baseUrl).stream(requestOf('What time is it?')))).toEqual({
      reasoning: 'I need the time.',
      text: 'Let me see.',
      toolCalls: [{ id: 'c1', name: 'time_now', argumentsText: '{"timeZone":"UTC"}' }],
      finish: { reason: 'tool-calls', usage: USAGE },
    });
  });

  it('has no usage where the service says none', async () => {
    llm.script([say('Hi.', { usage: null })]);

    const { finish } = await collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello')));

    expect(finish).toEqual({ reason: 'stop', usage: null });
  });

  it('may come in one piece from a service that does not stream', async () => {
    const body = { choices: [{ message: { content: 'Hi.' }, finish_reason: 'stop' }], usage: FAKE_USAGE };
    llm.script([(response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))]);

    expect(await collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello')))).toEqual({
      text: 'Hi.',
      reasoning: '',
      toolCalls: [],
      finish: { reason: 'stop', usage: USAGE },
    });
  });

  it('brings what one read brought together as one delta', async () => {
    const words = Array.from({ length: 100 }, (_, number) => `${number} `);
    const events = words.map((word) => `data: ${JSON.stringify({ choices: [{ delta: { content: word } }] })}\n\n`);
    llm.script([
      (response) => {
        response.setHeader('content-type', 'text/event-stream');
        response.cork();
        for (const event of [...events, END]) response.write(event);
        response.uncork();
        response.end();
      },
    ]);

    const parts: ModelPart[] = [];
    await collect(openAiModelAt(llm.baseUrl).stream(requestOf('Count')), (part) => void parts.push(part));

    expect(parts).toEqual([
      { type: 'text-delta', text: words.join('') },
      { type: 'finish', reason: 'stop', usage: null },
    ]);
  });

  it('waits for a consumer who is late, in one part, and makes the service wait for one who is very late', async () => {
    const paragraph = 'x'.repeat(64 * 1024);
    const event = `data: ${JSON.stringify({ choices: [{ delta: { content: paragraph } }] })}\n\n`;
    let sent = 0;
    let tellWaiting = (): void => {};
    const serviceWaits = new Promise<void>((resolve) => (tellWaiting = resolve));
    llm.script([
      async (response) => {
        response.setHeader('content-type', 'text/event-stream');
        for (; sent < 400; sent++) {
          if (response.write(event)) continue;
          const timer = setTimeout(tellWaiting, 200);
          await new Promise((resolve) => response.once('drain', resolve));
          clearTimeout(timer);
        }
        response.end(END);
      },
    ]);

    const stream = openAiModelAt(llm.baseUrl).stream(requestOf('Go on'))[Symbol.asyncIterator]();
    let length = 0;
    for (let next = await stream.next(); !next.done; next = await stream.next()) {
      if (length === 0) await serviceWaits;
      if (length === 0) expect(sent).toBeLessThan(400);
      if (next.value.type === 'text-delta') length += next.value.text.length;
    }

    expect(length).toBe(400 * paragraph.length);
  });

  it('comes whole on a thousand connections at once', async () => {
    llm.otherwise(say('one two three four five', { everyMs: 5 }));
    const model = openAiModelAt(llm.baseUrl);

    const answers = await Promise.all(Array.from({ length: 1000 }, () => collect(model.stream(requestOf('Count')))));

    expect(new Set(answers.map(({ text, finish }) => `${text} ${finish?.reason}`))).toEqual(
      new Set(['one two three four five stop']),
    );
  });
});

const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

describe('a probe', () => {
  it('lists the models of the service', async () => {
    llm.modelNames = ['a', 'b'];
    const probe = createModelClients().probe(providerOf({ baseUrl: llm.baseUrl }), null, new AbortController().signal);

    expect(await probe).toEqual({ latencyMs: expect.any(Number), modelNames: ['a', 'b'] });
  });

  it('fails with a name where there is no such service', async () => {
    const provider = providerOf({ baseUrl: llm.baseUrl.replace('/v1', '/v2') });

    await expect(createModelClients().probe(provider, null, new AbortController().signal)).rejects.toMatchObject({
      code: 'UPSTREAM_REFUSED',
      details: { providerMessage: 'HTTP 404: No such path.' },
    });
  });
});
