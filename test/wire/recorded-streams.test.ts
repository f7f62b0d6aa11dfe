import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToolCall } from '../../src/domain/models/language-model.js';
import type { Usage } from '../../src/domain/usage/usage.js';
import { AnswerReader } from '../../src/infra/openai/answer-reader.js';
import { SseReader } from '../../src/infra/openai/sse-reader.js';
import type { WireChunk } from '../../src/infra/openai/wire-chunk.js';
import { collect, openAiModelAt, requestOf, type Answer } from '../kit/answers.js';
import { sendRaw, startFakeLlm, type FakeLlm } from '../kit/fake-llm.js';
import { sharedFolder } from '../kit/shared-data.js';

type Expected = {
  readonly text: Fingerprint;
  readonly reasoning: Fingerprint;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: Answer['finish'];
};
/** Length in characters and the first half of the SHA-256, taken from the recordings by other means. */
type Fingerprint = readonly [length: number, sha256: string];

const NOTHING: Fingerprint = [0, 'e3b0c44298fc1c14'];
const weather = (id: string): ToolCall => ({ id, name: 'weather', argumentsText: '{"location": "San Francisco"}' });

const RECORDINGS: Readonly<Record<string, Expected>> = {
  'alibaba-tool-call': {
    text: NOTHING,
    reasoning: NOTHING,
    toolCalls: [weather('call_eee11723464a4b9eb8cee71d')],
    finish: { reason: 'tool-calls', usage: usageOf({ inputTokens: 295, outputTokens: 22 }) },
  },
  'deepseek-reasoning': {
    text: [42, '238e36f474e5d801'],
    reasoning: [606, '01a5d04ca7e849fd'],
    toolCalls: [],
    finish: { reason: 'stop', usage: usageOf({ inputTokens: 18, outputTokens: 219, reasoningTokens: 205 }) },
  },
  'deepseek-tool-call': {
    text: NOTHING,
    reasoning: [191, 'e9e5190a993cf891'],
    toolCalls: [weather('call_00_ioIn7yN9p1ZOMNpDLwd4MgAF')],
    finish: {
      reason: 'tool-calls',
      usage: usageOf({ inputTokens: 339, outputTokens: 83, cachedTokens: 320, reasoningTokens: 39 }),
    },
  },
  'groq-text': {
    text: [3189, 'ca1f8ad858e90cfa'],
    reasoning: NOTHING,
    toolCalls: [],
    finish: { reason: 'stop', usage: usageOf({ inputTokens: 45, outputTokens: 662 }) },
  },
  'mistral-incremental-tool-call': {
    text: NOTHING,
    reasoning: NOTHING,
    toolCalls: [
      {
        id: 'chatcmpl-tool-9f149c74c42f265b',
        name: 'webSearchTool',
        argumentsText: '{"query": "current Berlin weather"}',
      },
    ],
    finish: { reason: 'tool-calls', usage: usageOf({ inputTokens: 171, outputTokens: 14, cachedTokens: 128 }) },
  },
  'openai-text': {
    text: [1724, '53b2d9e583d02b3f'],
    reasoning: NOTHING,
    toolCalls: [],
    finish: { reason: 'stop', usage: usageOf({ inputTokens: 16, outputTokens: 300 }) },
  },
};

/** Bytes up to which every single place of a cut is tried. */
const SMALL = 4_096;
const RANDOM_TRIES = 200;

const folder = sharedFolder('provider-streams');

describe.skipIf(folder === null)(`recorded streams${folder === null ? ' (skipped: no ../shared folder)' : ''}`, () => {
  let llm: FakeLlm;
  beforeAll(async () => {
    llm = await startFakeLlm();
  });
  afterAll(() => llm.close());

  it('are all known here', () => {
    const names = readdirSync(folder ?? '').filter((name) => name.endsWith('.chunks.txt'));
    expect(names.toSorted()).toEqual(Object.keys(RECORDINGS).map((name) => `${name}.chunks.txt`));
  });

  describe.each(Object.entries(RECORDINGS))('%s', (name, expected) => {
    const bytes = folder === null ? Buffer.alloc(0) : toSse(join(folder, `${name}.chunks.txt`));

    it('is read exactly, wherever the bytes are cut', () => {
      expect(fingerprintsOf(read([bytes]))).toEqual(expected);
      for (const cut of placesToCut(bytes.length)) {
        expect(fingerprintsOf(read([bytes.subarray(0, cut), bytes.subarray(cut)])), `cut at ${cut}`).toEqual(expected);
      }
    });

    it('is read exactly byte by byte, and in random pieces', () => {
      expect(fingerprintsOf(read(inPieces(bytes, () => 1)))).toEqual(expected);
      for (let seed = 1; seed <= 20; seed++) {
        const random = randomNumbers(seed);
        const pieces = inPieces(bytes, () => 1 + Math.floor(random() * 97));
        expect(fingerprintsOf(read(pieces)), `seed ${seed}`).toEqual(expected);
      }
    });

    it('is read exactly over a connection', async () => {
      llm.script([sendRaw(inPieces(bytes, () => 1_021))]);

      const answer = await collect(openAiModelAt(llm.baseUrl).stream(requestOf('Hello')));

      expect(fingerprintsOf(answer)).toEqual(expected);
    });
  });
});

function usageOf(more: Partial<Usage>): Usage {
  return {
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    cost: null,
    isEstimated: false,
    ...more,
  };
}

/** The recording as the service sent it: an event a chunk. */
function toSse(path: string): Buffer {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return Buffer.from(`${lines.map((line) => `data: ${line}\n\n`).join('')}data: [DONE]\n\n`);
}

function read(pieces: readonly Buffer[]): Answer {
  const answer: Answer = { text: '', reasoning: '', toolCalls: [], finish: null };
  const reader = new AnswerReader((told) => {
    if (told.type === 'text-delta') answer.text += told.text;
    if (told.type === 'reasoning-delta') answer.reasoning += told.text;
  });
  const events = new SseReader((data) => {
    if (data !== '[DONE]') reader.read(JSON.parse(data) as WireChunk);
  });
  for (const piece of pieces) events.push(piece);
  events.end();
  for (const part of reader.end() ?? []) {
    if (part.type === 'tool-call') answer.toolCalls.push(part.call);
    if (part.type === 'finish') answer.finish = { reason: part.reason, usage: part.usage };
  }
  return answer;
}

function fingerprintsOf({ text, reasoning, toolCalls, finish }: Answer): Expected {
  return { text: fingerprint(text), reasoning: fingerprint(reasoning), toolCalls, finish };
}

const fingerprint = (text: string): Fingerprint => [
  text.length,
  createHash('sha256').update(text).digest('hex').slice(0, 16),
];

function placesToCut(length: number): number[] {
  if (length <= SMALL) return Array.from({ length: length + 1 }, (_, place) => place);
  const random = randomNumbers(length);
  return Array.from({ length: RANDOM_TRIES }, () => Math.floor(random() * length));
}

function inPieces(bytes: Buffer, nextLength: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + nextLength();
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

/** Numbers from 0 to 1 that are the same at each run, so that a failure can be repeated (a linear congruential generator). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
