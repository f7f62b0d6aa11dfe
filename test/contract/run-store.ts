import { beforeEach, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { NO_USAGE } from '../../src/domain/usage/usage.js';
import type { ClaimLimits, RunEnd, RunStore } from '../../src/domain/runs/run-store.js';
import { at, later, runOf } from '../kit/chats.js';

const leaseOf = (holder = 'here') => ({ holder, fence: 1, until: later(10) });

const LIMITS: ClaimLimits = { reservedSeq: 100, maxActive: 20 };

const completed: RunEnd = {
  status: 'COMPLETED',
  stopReason: 'ANSWER',
  error: null,
  steps: 1,
  usage: NO_USAGE,
  lastSeq: 7,
  finishedAt: later(5),
};

/**
 * What every store of runs must do, whatever keeps the data.
 *
 * @param open Gives the store, which may hold other things already.
 */
export function keepsRuns(open: () => RunStore): void {
  let store: RunStore;
  beforeEach(() => {
    store = open();
  });

  it('gives back what was claimed', async () => {
    const run = runOf({ toolNames: ['time_now'], clientMessageId: 'mine' });

    expect(await store.claim(run, leaseOf(), LIMITS)).toEqual({ outcome: 'claimed' });

    expect(await store.find(run.id)).toEqual(run);
    expect(await store.listActive([run.conversationId])).toEqual([run]);
  });

  it('lets one of twenty claims of a conversation through', async () => {
    const conversationId = newId('conv');
    const runs = Array.from({ length: 20 }, () => runOf({ conversationId }));

    const claims = await Promise.all(runs.map((run) => store.claim(run, leaseOf(), LIMITS)));

    expect(claims.map(({ outcome }) => outcome).toSorted()).toEqual([
      ...Array.from({ length: 19 }, () => 'busy'),
      'claimed',
    ]);
  });

  it('gives twenty senders of one message the same run', async () => {
    const same = { conversationId: newId('conv'), userId: newId('usr'), clientMessageId: 'once' };
    const runs = Array.from({ length: 20 }, () => runOf(same));

    const claims = await Promise.all(runs.map((run) => store.claim(run, leaseOf(), LIMITS)));

    const winner = runs[claims.findIndex(({ outcome }) => outcome === 'claimed')];
    expect(claims.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1);
    expect(claims.flatMap((claim) => (claim.outcome === 'duplicate' ? [claim.run.id] : []))).toEqual(
      Array.from({ length: 19 }, () => winner?.id),
    );
  });

  it('tells a claim whose place is taken from one whose conversation is busy', async () => {
    const first = runOf();
    await store.claim(first, leaseOf(), LIMITS);
    await store.finish(first.id, 1, completed);

    const again = runOf({ conversationId: first.conversationId, position: 1 });
    const next = runOf({ conversationId: first.conversationId, position: 3 });

    expect(await store.claim(again, leaseOf(), LIMITS)).toEqual({ outcome: 'stale' });
    expect(await store.claim(next, leaseOf(), LIMITS)).toEqual({ outcome: 'claimed' });
    expect(await store.claim(runOf({ conversationId: first.conversationId, position: 5 }), leaseOf(), LIMITS)).toEqual({
      outcome: 'busy',
    });
  });

  it('lets as many runs of a user be active as they may have, however many are claimed at once', async () => {
    const userId = newId('usr');
    const runs = Array.from({ length: 20 }, () => runOf({ userId }));
    const limits = { reservedSeq: 100, maxActive: 3 };

    const claims = await Promise.all(runs.map((run) => store.claim(run, leaseOf(), limits)));

    expect(claims.map(({ outcome }) => outcome).toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'claimed'),
      ...Array.from({ length: 17 }, () => 'full'),
    ]);
    expect(await store.claim(runOf(), leaseOf(), limits)).toEqual({ outcome: 'claimed' });

    const active = runs[claims.findIndex(({ outcome }) => outcome === 'claimed')]!;
    await store.finish(active.id, 1, completed);

    expect(await store.claim(runOf({ userId }), leaseOf(), limits)).toEqual({ outcome: 'claimed' });
    expect(await store.claim(runOf({ userId }), leaseOf(), limits)).toEqual({ outcome: 'full' });
  });

  it('finds room for every run of a user who may have many, and for none beyond', async () => {
    const userId = newId('usr');
    const limits = { reservedSeq: 100, maxActive: 150 };
    const claim = async () => (await store.claim(runOf({ userId }), leaseOf(), limits)).outcome;

    const outcomes = await Promise.all(Array.from({ length: 150 }, claim));

    expect(new Set(outcomes)).toEqual(new Set(['claimed']));
    expect(await claim()).toBe('full');
  });

  it('lets runs go on where their user may have fewer than before, and as many more begin at most as they may have now', async () => {
    const userId = newId('usr');
    const before = Array.from({ length: 3 }, () => runOf({ userId }));
    for (const run of before) await store.claim(run, leaseOf(), LIMITS);
    const fewer = { reservedSeq: 100, maxActive: 2 };
    const claim = async () => (await store.claim(runOf({ userId }), leaseOf(), fewer)).outcome;

    const outcomes = [await claim(), await claim(), await claim()];

    expect(outcomes[2]).toBe('full');
    for (const { id } of before) expect(await store.finish(id, 1, completed)).toBe(true);
    while (outcomes.filter((outcome) => outcome === 'claimed').length < 2) outcomes.push(await claim());
    expect(await claim()).toBe('full');
  });

  it('knows a message that was sent before, even where its user may have no more runs', async () => {
    const sent = runOf({ clientMessageId: 'once' });
    const again = runOf({ userId: sent.userId, clientMessageId: 'once' });
    const limits = { reservedSeq: 100, maxActive: 1 };
    await store.claim(sent, leaseOf(), limits);

    expect(await store.claim(again, leaseOf(), limits)).toEqual({ outcome: 'duplicate', run: sent });
    expect(await store.claim(runOf({ userId: sent.userId }), leaseOf(), limits)).toEqual({ outcome: 'full' });
  });

  it('ends a run once or twice, for who holds its fence', async () => {
    const run = runOf();
    await store.claim(run, leaseOf(), LIMITS);

    expect(await store.finish(run.id, 2, completed)).toBe(false);
    expect(await store.finish(run.id, 1, completed)).toBe(true);
    expect(await store.finish(run.id, 1, completed)).toBe(true);

    expect(await store.find(run.id)).toEqual({ ...run, ...completed });
    expect(await store.listActive([run.conversationId])).toEqual([]);
    expect(await store.reserveSeq(run.id, 1, 200)).toBe(false);
  });

  it('takes over the runs whose lease has ended, with a higher fence and the numbers that are reserved', async () => {
    const [lost, alive] = [runOf(), runOf()];
    await store.claim(lost, { ...leaseOf('gone'), until: later(-1) }, LIMITS);
    await store.claim(alive, leaseOf(), LIMITS);
    await store.reserveSeq(lost.id, 1, 300);

    const taken = await store.takeOver({ holder: 'here', until: later(10) }, at, 9);

    expect(taken).toEqual([{ run: lost, fence: 2, reservedSeq: 300, isCancelRequested: false }]);
    expect(await store.takeOver({ holder: 'here', until: later(10) }, at, 9)).toEqual([]);
    expect(await store.finish(lost.id, 1, completed)).toBe(false);
  });

  it('takes each over once, even where the new lease ends before the time that is asked for, and tells whether it was to be cancelled', async () => {
    const lost = runOf();
    await store.claim(lost, leaseOf(), LIMITS);
    await store.requestCancel(lost.id);

    const taken = await store.takeOver({ holder: 'here', until: later(10) }, new Date(8.64e15), 999);

    expect(taken.filter(({ run }) => run.id === lost.id)).toEqual([
      { run: lost, fence: 2, reservedSeq: 100, isCancelRequested: true },
    ]);
  });

  it('renews what its holder still has, and tells what is to be cancelled', async () => {
    const [kept, asked, lost] = [runOf(), runOf(), runOf()];
    for (const run of [kept, asked, lost]) await store.claim(run, { ...leaseOf(), until: later(-1) }, LIMITS);
    await store.takeOver({ holder: 'there', until: later(10) }, at, 1);
    const [held] = await Promise.all([
      store.renew({ holder: 'here', until: later(20) }, [kept.id, asked.id, lost.id]),
      store.requestCancel(asked.id),
    ]);
    const again = await store.renew({ holder: 'here', until: later(20) }, held.held);

    expect(held.held).toHaveLength(2);
    expect(again.cancelled).toEqual(held.held.filter((id) => id === asked.id));
    expect(await store.isCancelRequested(asked.id)).toBe(true);
    expect(await store.takeOver({ holder: 'there', until: later(30) }, at, 9)).toEqual([]);
  });

  it('forgets all of a conversation, and nothing of another', async () => {
    const [gone, kept] = [runOf(), runOf()];
    for (const run of [gone, kept]) await store.claim(run, leaseOf(), LIMITS);

    await store.deleteOfConversation(gone.conversationId);

    expect(await store.listActive([gone.conversationId, kept.conversationId])).toEqual([kept]);
  });
}
