import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ArchiveIndexes } from '../../src/domain/archive/archive-indexes.js';
import { IndexMemory } from '../../src/domain/archive/index-memory.js';
import type { Needs } from '../../src/domain/needs.js';
import type { PublicFetch, PublicRequest, PublicResponse } from '../../src/domain/tools/public-fetch.js';
import { defineTool, ToolInputError, type ToolContext } from '../../src/domain/tools/tool.js';
import { toolsOfTurn } from '../../src/domain/tools/tools-of-turn.js';
import { builtInTools, createToolbox } from '../../src/domain/tools/tools.js';

const context: ToolContext = {
  userId: 'usr_1',
  conversationId: 'conv_1',
  runId: 'run_1',
  callId: 'c1',
  signal: new AbortController().signal,
};

const answer = (response: Partial<PublicResponse>): PublicResponse => ({
  status: 200,
  url: 'https://example.com/',
  mediaType: 'text/plain',
  charset: null,
  body: Buffer.from('hello'),
  isTruncated: false,
  ...response,
});

const request = { url: 'https://example.com/' };

/** The built-in tools at half past midnight UTC, on an internet that always answers `response`. */
function toolsWith(response: Partial<PublicResponse> = {}) {
  const requests: PublicRequest[] = [];
  const publicFetch: PublicFetch = async (sent) => {
    requests.push(sent);
    return answer(response);
  };
  const clock = { now: () => new Date('2026-03-01T00:30:00Z') };
  const morphemes = { version: 'none', morphemesOf: async () => [] };
  const needs = { clock, publicFetch, morphemes } as Partial<Needs> as Needs;
  const archiveIndexes = new ArchiveIndexes(needs, new IndexMemory(1_000_000));
  const toolbox = createToolbox(builtInTools({ needs, archiveIndexes, archiveVectors: null }));
  const call = (name: string, args: unknown) =>
    toolbox
      .list()
      .find((tool) => tool.name === name)!
      .call(args, context);
  return { toolbox, call, requests };
}

const double = defineTool({
  name: 'double',
  alias: 'Double',
  description: 'Doubles a number.',
  outputCondition: 'Use it to double.',
  parameters: z.object({ n: z.number() }),
  run: ({ n }) => String(2 * n),
});

describe('the toolbox', () => {
  it('gets a new tool by one call, which can then be found and run', async () => {
    const { toolbox, call } = toolsWith();
    const before = toolbox.list();

    toolbox.register(double);

    expect(toolbox.list()).toEqual([...before, double]);
    expect(await call('double', { n: 21 })).toBe('42');
  });

  it('has one tool of a name', () => {
    const { toolbox } = toolsWith();

    expect(() => toolbox.register({ ...double, name: 'time_now' })).toThrow(
      expect.objectContaining({ code: 'CONFLICT' }),
    );
  });

  it('tells of every tool what it is called, what it does, when to use it and what it takes', () => {
    for (const tool of toolsWith().toolbox.list()) {
      expect(tool.name).toMatch(/^[a-z][a-z0-9_]{0,63}$/);
      expect([tool.alias, tool.description, tool.outputCondition].every((text) => text.length > 0)).toBe(true);
      expect(tool.parameters).toMatchObject({ type: 'object', properties: expect.any(Object) });
    }
  });

  it('tells a model what is wrong with its arguments', async () => {
    const call = double.call({ n: 'two' }, context);

    await expect(call).rejects.toThrow(ToolInputError);
    await expect(call).rejects.toThrow(/expected number.*\n.*at n/s);
  });
});

describe('a turn', () => {
  const toolbox = createToolbox([
    double,
    { ...double, name: 'asking', approval: 'ASK' },
    { ...double, name: 'forbidden', approval: 'DENY' },
    { ...double, name: 'away', unavailableReason: 'Its service is away.' },
  ]);
  const all = toolbox.list().map(({ name }) => name);

  it.each([
    ['those that need not be asked for, where none are named', null, ['double']],
    ['those that are named, as far as they can be used', all, ['double', 'asking']],
    ['none, where none is named', [], []],
  ])('has %s', (_, names, usable) => {
    expect(toolsOfTurn(toolbox, names).map(({ name }) => name)).toEqual(usable);
  });
});

describe('an argument that is null', () => {
  const echo = defineTool({
    name: 'echo',
    alias: 'Echo',
    description: 'Repeats.',
    outputCondition: 'Never.',
    parameters: z.object({
      needed: z.string(),
      standard: z.int().default(3),
      mayBeNull: z.int().nullable().default(4),
    }),
    run: (args) => JSON.stringify(args),
  });

  it('is one that the model left out, unless it may be null', async () => {
    const args = { needed: 'x', standard: null, mayBeNull: null };

    expect(JSON.parse(await echo.call(args, context))).toEqual({ needed: 'x', standard: 3, mayBeNull: null });
  });

  it.each(['toString', 'constructor', '__proto__'])(
    'is passed over where the tool knows none of its name: %s',
    async (name) => {
      const args: unknown = JSON.parse(`{"needed":"x","${name}":null}`);

      expect(JSON.parse(await echo.call(args, context))).toMatchObject({ needed: 'x' });
    },
  );

  it('is wrong where it is needed', async () => {
    await expect(echo.call({ needed: null }, context)).rejects.toThrow(/expected string, received null/);
  });
});

describe('time_now', () => {
  it.each([
    [{}, '2026-03-01T00:30:00+00:00 (Sunday, UTC)'],
    [{ timeZone: 'Asia/Seoul' }, '2026-03-01T09:30:00+09:00 (Sunday, Asia/Seoul)'],
    [{ timeZone: 'America/New_York' }, '2026-02-28T19:30:00-05:00 (Saturday, America/New_York)'],
    [{ timeZone: 'Asia/Kathmandu' }, '2026-03-01T06:15:00+05:45 (Sunday, Asia/Kathmandu)'],
  ])('%j gives %s', async (args, text) => {
    expect(await toolsWith().call('time_now', args)).toBe(text);
  });

  it.each(['Mars/Base', '', '../etc/passwd'])('tells the model that %j is no time zone', async (timeZone) => {
    await expect(toolsWith().call('time_now', { timeZone })).rejects.toThrow(/Not an IANA time zone/);
  });
});

describe('http_request', () => {
  it('asks for what the model wrote, and no more than 1 MiB of it', async () => {
    const { call, requests } = toolsWith();

    await call('http_request', {
      url: 'https://example.com/',
      method: 'POST',
      headers: { accept: 'text/plain' },
      body: 'x',
    });

    expect(requests).toEqual([
      {
        url: 'https://example.com/',
        method: 'POST',
        headers: { accept: 'text/plain' },
        body: 'x',
        maxBytes: 1_048_576,
        signal: context.signal,
      },
    ]);
  });

  it('answers with the status, the type and the text', async () => {
    const { call } = toolsWith({ status: 404, mediaType: 'application/problem+json', body: Buffer.from('{"a":"나"}') });

    expect(await call('http_request', request)).toBe(
      'Status: 404\nAddress: https://example.com/\nType: application/problem+json\n\n{"a":"나"}',
    );
  });

  it('reads text in the encoding that it names, and as UTF-8 where that is unknown', async () => {
    const korean = toolsWith({ charset: 'euc-kr', body: Buffer.from([0xb0, 0xa1]) });
    const odd = toolsWith({ charset: 'no-such', body: Buffer.from('가') });

    expect(await korean.call('http_request', request)).toMatch(/\n\n가$/);
    expect(await odd.call('http_request', request)).toMatch(/\n\n가$/);
  });

  it('says so where the body is not text, is empty, or was cut', async () => {
    expect(await toolsWith({ mediaType: 'image/png' }).call('http_request', request)).toContain('The body is not text');
    expect(await toolsWith({ body: Buffer.alloc(0) }).call('http_request', request)).toContain('The body is empty');
    expect(await toolsWith({ isTruncated: true }).call('http_request', request)).toContain('Only the first 1 MiB');
  });

  it.each([{}, { url: 'https://example.com/', method: 'TRACE' }, { url: 'https://example.com/', headers: { a: 1 } }])(
    'does not send what does not fit its schema: %j',
    async (args) => {
      const { call, requests } = toolsWith();

      await expect(call('http_request', args)).rejects.toThrow(ToolInputError);
      expect(requests).toEqual([]);
    },
  );
});
