import { expect, it } from 'vitest';
import { answerSchema } from '../../src/domain/agent/answer-schema.js';
import { runAgent } from '../kit/agents.js';
import { say, ScriptedModel } from '../kit/scripted-model.js';

const form = answerSchema('responseSchema', {
  type: 'object',
  properties: { n: { type: 'integer' } },
  required: ['n'],
  additionalProperties: false,
});

const ask = (model: ScriptedModel) => runAgent(model, { tools: [], answerSchema: form });

it('takes an answer that fits the form', async () => {
  expect((await ask(new ScriptedModel([say('{"n": 1}')]))).result).toEqual({ stopReason: 'ANSWER', steps: 1 });
});

it.each(['{"n": "one"}', 'Here: {"n": 1}', '{"n": 1, "x": 2}'])('voids %j and has it mended', async (answer) => {
  const model = new ScriptedModel([say(answer), say('{"n": 1}')]);

  const { types, result } = await ask(model);

  expect(result).toEqual({ stopReason: 'ANSWER', steps: 2 });
  expect(types).toEqual([
    'step-started',
    'text-delta',
    'model-called',
    'step-reset',
    'step-started',
    'text-delta',
    'model-called',
  ]);
  expect(model.requests[1]?.messages.at(-1)?.text).toMatch(/^Your answer does not fit: /);
});

it('gives up by name after an answer that was mended and still does not fit', async () => {
  const { thrown } = await ask(new ScriptedModel([say('no'), say('no')]));

  expect(thrown).toMatchObject({ code: 'INVALID_OUTPUT', details: { isRetryable: true } });
});
