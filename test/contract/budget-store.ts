import { expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { BudgetLimits, BudgetSubject, Reservation } from '../../src/domain/budgets/budget.js';
import type { BudgetStore } from '../../src/domain/budgets/budget-store.js';

const MONTH = '2026-11';
const NEXT_MONTH = '2026-12';
const NOTHING = { tokens: 0, cost: 0 };

/** What every BudgetStore must do. Each case uses a subject of its own. */
export function describeBudgetStore(open: () => Promise<BudgetStore>): void {
  const openWith = async (limits: Partial<BudgetLimits>, spent = NOTHING) => {
    const store = await open();
    const subject = someone();
    await store.setLimits(subject, { maxTokens: null, maxCost: null, ...limits }, { month: MONTH, spent });
    return { store, subject };
  };

  it('knows nothing of whom nobody has limited', async () => {
    const store = await open();

    expect(await store.find(someone(), MONTH)).toBeNull();
    expect(await store.reserve(someone(), MONTH, callOf({ tokens: 1, cost: 0 }))).toBe(false);
  });

  it('begins with what was spent before, and keeps it when the limits change', async () => {
    const { store, subject } = await openWith({ maxTokens: 1_000 }, { tokens: 70, cost: 0.5 });

    await store.setLimits(subject, { maxTokens: null, maxCost: 2 }, { month: MONTH, spent: { tokens: 9, cost: 9 } });

    expect(await store.find(subject, MONTH)).toEqual({
      subject,
      maxTokens: null,
      maxCost: 2,
      spent: { tokens: 70, cost: 0.5 },
      reservations: [],
    });
  });

  it('finds those of several that there are', async () => {
    const { store, subject } = await openWith({ maxTokens: 1_000 }, { tokens: 70, cost: 0.5 });

    expect(await store.findMany([someone(), subject], MONTH)).toEqual([await store.find(subject, MONTH)]);
  });

  it('reserves up to the limit, and not one token more', async () => {
    const { store, subject } = await openWith({ maxTokens: 100 }, { tokens: 40, cost: 0 });
    const first = callOf({ tokens: 59, cost: 3 });

    expect(await store.reserve(subject, MONTH, first)).toBe(true);
    expect(await store.reserve(subject, MONTH, callOf({ tokens: 2, cost: 0 }))).toBe(false);
    expect(await store.reserve(subject, MONTH, callOf({ tokens: 1, cost: 0 }))).toBe(true);
    expect((await store.find(subject, MONTH))?.reservations[0]).toEqual(first);
  });

  it('holds to the dollars as well, whatever fractions they come in', async () => {
    const { store, subject } = await openWith({ maxTokens: 1_000, maxCost: 0.3 });
    const dime = () => callOf({ tokens: 1, cost: 0.1 });

    const answers = [];
    for (let call = 0; call < 4; call++) answers.push(await store.reserve(subject, MONTH, dime()));

    expect(answers).toEqual([true, true, true, false]);
  });

  it('lets in what costs nothing where more dollars were spent than there are, and what takes tokens not', async () => {
    const { store, subject } = await openWith({ maxCost: 0 }, { tokens: 100, cost: 2 });

    expect(await store.reserve(subject, MONTH, callOf({ tokens: 10, cost: 0.001 }))).toBe(false);
    expect(await store.reserve(subject, MONTH, callOf({ tokens: 10, cost: 0 }))).toBe(true);

    await store.setLimits(subject, { maxTokens: 109, maxCost: 0 }, { month: MONTH, spent: NOTHING });
    expect(await store.reserve(subject, MONTH, callOf({ tokens: 10, cost: 0 }))).toBe(false);
  });

  it('lets as many in as fit, of all that come at once', async () => {
    const { store, subject } = await openWith({ maxTokens: 70 });

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => store.reserve(subject, MONTH, callOf({ tokens: 10, cost: 0 }))),
    );

    expect(answers.filter(Boolean)).toHaveLength(7);
  });

  it('puts what a call took in the place of what was reserved for it, once', async () => {
    const { store, subject } = await openWith({ maxTokens: 100 });
    const [call, other] = [callOf({ tokens: 50, cost: 1 }), callOf({ tokens: 20, cost: 1 })];
    await store.reserve(subject, MONTH, call);
    await store.reserve(subject, MONTH, other);
    const settlement = { callId: call.callId, took: { tokens: 12, cost: 0.25 }, month: MONTH };

    await Promise.all(Array.from({ length: 5 }, () => store.settle(subject, settlement)));

    expect(await store.find(subject, MONTH)).toMatchObject({
      spent: { tokens: 12, cost: 0.25 },
      reservations: [other],
    });
  });

  it('counts what a call took although its reservation was given up meanwhile', async () => {
    const { store, subject } = await openWith({ maxTokens: 100 });
    const call = callOf({ tokens: 50, cost: 1 });
    await store.reserve(subject, MONTH, call);

    await store.release(subject, [call.callId]);
    await store.settle(subject, { callId: call.callId, took: { tokens: 12, cost: 0 }, month: MONTH });

    expect(await store.find(subject, MONTH)).toMatchObject({ spent: { tokens: 12, cost: 0 }, reservations: [] });
  });

  it('gives up the reservations that are named, and no other', async () => {
    const { store, subject } = await openWith({ maxTokens: 100 });
    const calls = [10, 20, 30].map((tokens) => callOf({ tokens, cost: 0 }));
    for (const call of calls) await store.reserve(subject, MONTH, call);

    await store.release(subject, [calls[0]!.callId, calls[2]!.callId]);

    expect(await store.find(subject, MONTH)).toMatchObject({ spent: NOTHING, reservations: [calls[1]] });
  });

  it('begins each month anew; what is reserved goes on into it', async () => {
    const { store, subject } = await openWith({ maxTokens: 100 }, { tokens: 90, cost: 2 });
    const call = callOf({ tokens: 10, cost: 0 });
    await store.reserve(subject, MONTH, call);

    expect(await store.find(subject, NEXT_MONTH)).toMatchObject({ spent: NOTHING, reservations: [call] });
    expect(await store.reserve(subject, NEXT_MONTH, callOf({ tokens: 91, cost: 0 }))).toBe(false);
    expect(await store.reserve(subject, NEXT_MONTH, callOf({ tokens: 90, cost: 0 }))).toBe(true);
    await store.settle(subject, { callId: call.callId, took: { tokens: 5, cost: 0 }, month: NEXT_MONTH });
    expect((await store.find(subject, NEXT_MONTH))?.spent).toEqual({ tokens: 5, cost: 0 });
    expect((await store.find(subject, MONTH))?.spent).toEqual({ tokens: 90, cost: 2 });
  });

  it('forgets an account; what comes in late for it is nothing', async () => {
    const { store, subject } = await openWith({ maxTokens: 100 });

    await store.delete(subject);
    await store.settle(subject, { callId: 'late', took: { tokens: 5, cost: 0 }, month: MONTH });

    expect(await store.find(subject, MONTH)).toBeNull();
  });
}

const someone = (): BudgetSubject => ({ kind: 'USER', id: newId('usr') });

function callOf(amount: Reservation['amount']): Reservation {
  return { callId: newId('use'), runId: newId('run'), amount, until: new Date('2026-11-02T03:04:05.678Z') };
}
