import { expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { Failures } from '../../src/infra/openai/failures.js';

const failures = new Failures(new Secret('geheim'));

it('tells nobody the key, however the service spells it', () => {
  const bodies = ['no geheim', '{"error":{"message":"no geheim"}}', '{"error":{"message":"no \\u0067eheim"}}'];

  expect(bodies.map((body) => failures.ofStatus(400, {}, body).details.providerMessage)).toEqual(
    bodies.map(() => 'HTTP 400: no [secret]'),
  );
});

it.each([
  [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
  [{ 'retry-after-ms': '0' }, 0],
  [{ 'retry-after': '2.5' }, 2_500],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
])('reads how long to wait from %j', (headers, retryAfterMs) => {
  expect(failures.ofStatus(429, headers, '').details.retryAfterMs).toBe(retryAfterMs);
});

it.each([
  [401, 'The model service does not accept the key of its provider.'],
  [403, 'The model service does not accept the key of its provider.'],
  [402, 'The account at the model service is used up.'],
  [404, 'The model service does not know the model, or its address is wrong.'],
  [400, 'The model service refused the request.'],
])('says what %i means', (status, message) => {
  expect(failures.ofStatus(status, {}, '')).toMatchObject({ code: 'UPSTREAM_REFUSED', message });
});

it('says how long a service was silent, and where', () => {
  expect(failures.silence(400, true).message).toMatch(/in the middle of its answer, for 1 s/);
  expect(failures.silence(60_000, false).message).toMatch(/did not begin to answer within 60 s/);
});
