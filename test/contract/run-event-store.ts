import { describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { Message } from '../../src/domain/conversations/message.js';
import { NO_USAGE } from '../../src/domain/usage/usage.js';
import { UNKNOWN_ERROR } from '../../src/domain/runs/run.js';
import type { RunEvent, RunEventBody } from '../../src/domain/runs/run-event.js';
import type { RunEventStore } from '../../src/domain/runs/run-event-store.js';

const AT = new Date('2026-01-02T03:04:05.678Z');

/** What every RunEventStore must do. */
export function describeRunEventStore(open: () => RunEventStore): void {
  it('gives events of every kind back as they were, in order', async () => {
    const store = open();
    const runId = newId('run');
    const events = eventsOf(runId, everyKind(runId));

    await store.append(runId, events);

    expect(await store.read(runId, 0, 100)).toEqual(events);
  });

  it('gives what comes after a number, at most as many as asked for', async () => {
    const store = open();
    const runId = newId('run');
    const events = deltas(runId, 1, 500);
    for (let i = 0; i < 500; i += 25) await store.append(runId, events.slice(i, i + 25));

    expect(await store.read(runId, 0, 3)).toEqual(events.slice(0, 3));
    expect(await store.read(runId, 7, 40)).toEqual(events.slice(7, 47));
    expect(await store.read(runId, 490, 100)).toEqual(events.slice(490));
    expect(await store.read(runId, 500, 100)).toEqual([]);
    expect(await store.read(runId, 1_000_000, 100)).toEqual([]);
  });

  it('can be paged through without loss, whatever the page and however events were appended', async () => {
    const store = open();
    const runId = newId('run');
    const events = deltas(runId, 1, 301);
    await store.append(runId, events.slice(0, 1));
    await store.append(runId, events.slice(1, 290));
    await store.append(runId, events.slice(290));

    expect(await readAll(store, runId, 7)).toEqual(events);
    expect(await readAll(store, runId, 1_000)).toEqual(events);
  });

  it('keeps events once that are appended again, alone or with new ones', async () => {
    const store = open();
    const runId = newId('run');
    const events = deltas(runId, 1, 9);
    await store.append(runId, events.slice(0, 4));

    await store.append(runId, events.slice(0, 4));
    await store.append(runId, events.slice(2));

    expect(await store.read(runId, 0, 100)).toEqual(events);
    expect(await readAll(store, runId, 1)).toEqual(events);
  });

  it('can begin and go on above a gap, as after a crash', async () => {
    const store = open();
    const runId = newId('run');
    const [early, late] = [deltas(runId, 5, 7), deltas(runId, 1_001, 1_002)];

    await store.append(runId, early);
    await store.append(runId, late);

    expect(await store.read(runId, 0, 100)).toEqual([...early, ...late]);
    expect(await store.read(runId, 7, 100)).toEqual(late);
  });

  it('keeps each run by itself', async () => {
    const store = open();
    const [one, other] = [newId('run'), newId('run')];

    await store.append(one, deltas(one, 1, 2));
    await store.append(other, deltas(other, 1, 3));

    expect(await store.read(one, 0, 100)).toEqual(deltas(one, 1, 2));
    expect(await store.read(newId('run'), 0, 100)).toEqual([]);
  });

  describe('of a run that is over', () => {
    it('lets the log go after the time given, and not before', async () => {
      const store = open();
      const [short, long] = [newId('run'), newId('run')];
      for (const runId of [short, long]) await store.append(runId, deltas(runId, 1, 3));

      await store.expire(long, 60_000);
      await store.expire(short, 50);
      await vi.waitFor(async () => expect(await store.read(short, 0, 100)).toEqual([]));

      expect(await store.read(long, 0, 100)).toEqual(deltas(long, 1, 3));
    });

    it('drops the log at once', async () => {
      const store = open();
      const runId = newId('run');
      await store.append(runId, deltas(runId, 1, 3));

      await store.drop(runId);
      await store.drop(runId);

      expect(await store.read(runId, 0, 100)).toEqual([]);
    });

    it('does nothing about a log that is not there', async () => {
      const store = open();
      const runId = newId('run');

      await store.expire(runId, 1_000);

      expect(await store.read(runId, 0, 100)).toEqual([]);
    });
  });
}

/** Text deltas numbered `from` to `to`, both included. */
export function deltas(runId: string, from: number, to: number): RunEvent[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    runId,
    seq: from + i,
    at: AT,
    type: 'text-delta' as const,
    text: `조각 ${from + i} `,
  }));
}

async function readAll(store: RunEventStore, runId: string, limit: number): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for (;;) {
    const page = await store.read(runId, events.at(-1)?.seq ?? 0, limit);
    if (page.length === 0) return events;
    events.push(...page);
  }
}

function eventsOf(runId: string, bodies: readonly RunEventBody[]): RunEvent[] {
  return bodies.map((body, i) => ({ runId, seq: i + 1, at: AT, ...body }));
}

/** The texts look like dates, like JSON and like what the codec of a store might use itself. */
function everyKind(runId: string): RunEventBody[] {
  const message: Message = {
    id: newId('msg'),
    conversationId: newId('conv'),
    parentId: null,
    position: 2,
    role: 'ASSISTANT',
    parts: [
      { type: 'text', text: AT.toISOString() },
      { type: 'reasoning', text: '"따옴표"\n\u2028 \u{1f345} \\' },
      {
        type: 'tool-call',
        callId: 'c1',
        step: 1,
        name: 'time_now',
        argumentsText: '{"$date":1}',
        status: 'RUNNING',
        output: null,
        isTruncated: false,
        durationMs: null,
      },
    ],
    status: 'STREAMING',
    runId,
    usage: null,
    createdAt: new Date('2026-01-02T00:00:00.001Z'),
  };
  const usage = { ...NO_USAGE, inputTokens: 1, outputTokens: 2, cost: 0.000_012, isEstimated: true };
  const bodies: { readonly [Type in RunEventBody['type']]: Omit<Extract<RunEventBody, { type: Type }>, 'type'> } = {
    'run-started': { model: 'demo', toolNames: ['time_now'], userMessage: message, answerId: message.id },
    'step-started': { step: 1 },
    'reasoning-delta': { text: '' },
    'text-delta': { text: AT.toISOString() },
    'tool-call-started': { callId: 'c1', name: 'time_now', argumentsText: '{"$date":1}' },
    'tool-call-finished': {
      callId: 'c1',
      status: 'SUCCEEDED',
      output: '{"at":"2026-01-02T03:04:05.678Z"}',
      isTruncated: false,
      durationMs: 3,
    },
    'history-summarized': { upToMessageId: 'msg_a' },
    'step-reset': { step: 1 },
    'model-changed': { from: 'a', to: 'b', reason: 'UPSTREAM_TIMEOUT' },
    'tool-mode-changed': { from: 'TOOLS', to: 'REACT' },
    'run-snapshot': { message },
    'run-failed': { message, error: UNKNOWN_ERROR },
    'run-cancelled': { message },
    'run-interrupted': { message },
    'run-completed': { message, usage, stopReason: 'ANSWER' },
  };
  return Object.entries(bodies).map(([type, body]) => ({ type, ...body }) as RunEventBody);
}
