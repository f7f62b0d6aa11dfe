import { expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import type { Model, Provider } from '../../src/domain/models/model.js';
import { adapted, Dialects, type Dialect } from '../../src/infra/openai/dialect.js';
import { toParams } from '../../src/infra/openai/wire.js';
import { requestOf } from '../kit/answers.js';

const at = (baseUrl: string, name = 'a') => ({ provider: { baseUrl } as Provider, model: { name } as Model });
const dialectAt = (baseUrl: string): Dialect => new Dialects().of({ ...at(baseUrl), apiKey: null });

it.each([
  ['https://api.openai.com/v1', 'max_completion_tokens'],
  ['https://eu.api.openai.com/v1', 'max_completion_tokens'],
  ['https://openai.example.org/v1', 'max_tokens'],
  ['http://localhost:8000/v1', 'max_tokens'],
])('asks a model at %s by %s at first', (baseUrl, limitField) => {
  expect(dialectAt(baseUrl).limitField).toBe(limitField);
});

it('remembers of a model what it has found out, and takes no other of its name for it', () => {
  const dialects = new Dialects();
  const found = { ...dialectAt('http://one.test/v1'), hasTemperature: false };

  dialects.remember(at('http://one.test/v1'), found);

  const known = (baseUrl: string, name?: string) => dialects.of({ ...at(baseUrl, name), apiKey: null });
  expect(known('http://one.test/v1')).toBe(found);
  expect(known('http://two.test/v1').hasTemperature).toBe(true);
  expect(known('http://one.test/v1', 'b').hasTemperature).toBe(true);
});

it.each(['The reasoning_content must be passed back.', 'The system role is not supported.'])(
  'asks no second time in the way that a service still refuses: %s',
  (providerMessage) => {
    const refusal = new AppError('UPSTREAM_REFUSED', 'no', { providerMessage });

    const other = adapted(dialectAt('http://one.test/v1'), {}, refusal);

    expect(other).not.toBeNull();
    expect(adapted(other!, {}, refusal)).toBeNull();
  },
);

it('tells a model again what it said beside its calls', () => {
  const call = { id: 'c', name: 'look', argumentsText: '{}' };
  const told = (text: string) =>
    toParams('a', requestOf([{ role: 'assistant', text, toolCalls: [call] }]), dialectAt('http://a.test')).messages[0];

  expect(told('Let me see.')).toMatchObject({ content: 'Let me see.', tool_calls: [{ id: 'c' }] });
  expect(told('')).toMatchObject({ content: null });
});
