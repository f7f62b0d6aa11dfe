import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import type { Needs } from '../../src/domain/needs.js';
import { startOfMonth, startOfNextMonth } from '../../src/domain/usage/month.js';
import { reportUsage, type UsageFilter } from '../../src/domain/usage/report-usage.js';
import { addUsage, NO_USAGE } from '../../src/domain/usage/usage.js';

const usage = { inputTokens: 8, outputTokens: 4, cachedTokens: 2, reasoningTokens: 1, cost: 0.5, isEstimated: true };

it('adds up all that calls took; what has no price adds nothing to what has one', () => {
  const twice = { inputTokens: 16, outputTokens: 8, cachedTokens: 4, reasoningTokens: 2, cost: 1, isEstimated: true };

  expect(addUsage(usage, usage)).toEqual(twice);
  expect(addUsage(usage, NO_USAGE)).toEqual(usage);
  expect(addUsage(NO_USAGE, usage)).toEqual(usage);
  expect(addUsage(NO_USAGE, NO_USAGE)).toEqual(NO_USAGE);
});

it('begins a month with its first moment, also the first of a year', () => {
  const at = new Date('2026-12-31T23:59:59.999Z');

  expect(startOfMonth(at)).toEqual(new Date('2026-12-01T00:00:00Z'));
  expect(startOfNextMonth(at)).toEqual(new Date('2027-01-01T00:00:00Z'));
});

it.each<[string, UsageFilter]>([
  ['one conversation of another', { userId: 'usr_b', conversationId: 'conv_b' }],
  ['one conversation of anybody', { scope: 'EVERYBODY', conversationId: 'conv_b' }],
  ['the conversations of another', { userId: 'usr_b', groupBy: ['CONVERSATION'] }],
])('tells not even an administrator of %s', async (_what, filter) => {
  const needs = { clock: systemClock, usage: { summarize: () => Promise.resolve({}) } } as unknown as Needs;
  const admin = { id: 'usr_a', role: 'ADMIN', sessionId: 's' } as const;

  await expect(reportUsage(needs, admin, filter)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
