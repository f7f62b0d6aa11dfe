import { expect, it } from 'vitest';
import { estimateInput, estimateUsage } from '../../src/domain/agent/estimate-usage.js';
import type { ModelMessage, ToolSpec } from '../../src/domain/models/language-model.js';
import { NO_USAGE } from '../../src/domain/usage/usage.js';

/** Each text takes as many tokens as it has characters. */
const countTokens = async (texts: readonly string[]) => texts.map(({ length }) => length);

const NOTHING = { text: '', reasoning: '', toolCalls: [] };
const QUESTION: ModelMessage = { role: 'user', text: 'hi' };
const TOOL: ToolSpec = { name: 'look', description: 'Looks.', parameters: { type: 'object' } };
const CALLED: ModelMessage = {
  role: 'assistant',
  text: 'so',
  toolCalls: [{ id: 'c', name: 'look', argumentsText: '{}' }],
};
const SEEN: ModelMessage = {
  role: 'user',
  text: 'this',
  images: [{ mediaType: 'image/png', url: 'https://tomato.test/a.png' }],
};

it('counts all that the model was told: texts, calls, images, tools, and what stands around a message', async () => {
  const messages = [QUESTION, CALLED, SEEN];

  const usage = await estimateUsage({ messages, tools: [TOOL] }, { ...NOTHING, text: 'yes' }, countTokens);

  expect(usage).toEqual({
    ...NO_USAGE,
    inputTokens:
      'hi'.length + 'so'.length + 'look{}'.length + 'this'.length + 'lookLooks.{"type":"object"}'.length + 1_012,
    outputTokens: 3,
    isEstimated: true,
  });
});

it('counts what the model wrote: text, calls and thoughts', async () => {
  const answer = { text: 'yes', reasoning: 'hm', toolCalls: [{ id: 'c', name: 'look', argumentsText: '{}' }] };

  expect(await estimateUsage({ messages: [], tools: [] }, answer, countTokens)).toMatchObject({
    outputTokens: 11,
    reasoningTokens: 2,
  });
});

it('takes a model that only thought for one that took something, and one that brought nothing for one that took nothing', async () => {
  const question = { messages: [QUESTION], tools: [] };

  expect(await estimateUsage(question, { ...NOTHING, reasoning: 'hm' }, countTokens)).toMatchObject({
    inputTokens: 6,
    outputTokens: 2,
    reasoningTokens: 2,
  });
  expect(await estimateUsage(question, NOTHING, countTokens)).toEqual({ ...NO_USAGE, isEstimated: true });
});

it('estimates before a call what its tools and calls take, too', () => {
  const bare = estimateInput({ messages: [QUESTION], tools: [] });

  expect(estimateInput({ messages: [QUESTION], tools: [TOOL] })).toBeGreaterThan(bare);
  expect(estimateInput({ messages: [CALLED], tools: [] })).toBeGreaterThan(
    estimateInput({ messages: [{ ...CALLED, toolCalls: [] }], tools: [] }),
  );
});
