import { expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import type { Provider } from '../../src/domain/models/model.js';
import { OpenAiClients } from '../../src/infra/openai/openai-client.js';

const provider = { id: 'prv_a', baseUrl: 'http://localhost:1/v1' } as Provider;

it('keeps the client of a provider until its address or its key changes', () => {
  const clients = new OpenAiClients();
  const first = clients.of(provider, new Secret('one'));
  expect(clients.of({ ...provider }, new Secret('one'))).toBe(first);

  const second = clients.of(provider, new Secret('two'));
  expect([first.apiKey, second.apiKey]).toEqual(['one', 'two']);
  expect(clients.of(provider, null)).not.toBe(second);

  const moved = clients.of({ ...provider, baseUrl: 'http://localhost:2/v1' }, null);
  expect(moved.baseURL).toBe('http://localhost:2/v1');
});

it('keeps no more of them than a few', () => {
  const clients = new OpenAiClients();
  const first = clients.of(provider, null);
  for (let other = 0; other < 100; other++) clients.of({ ...provider, id: `prv_${other}` }, null);
  expect(clients.of(provider, null)).not.toBe(first);
});
