import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { AppError } from '../../src/base/errors.js';
import { silentLog } from '../../src/base/log.js';
import type { Message, ToolCallPart } from '../../src/domain/conversations/message.js';
import type { Draft } from '../../src/domain/conversations/message-store.js';
import { recoverRuns } from '../../src/domain/runs/recover-runs.js';
import type { Run } from '../../src/domain/runs/run.js';
import { createToolbox } from '../../src/domain/tools/tools.js';
import type { RunEnd, TakenOver } from '../../src/domain/runs/run-store.js';
import { usageOf } from '../kit/scripted-model.js';

const LEASE = { holder: 'here', until: new Date(1_000) };

const lostRun = (id: string): TakenOver => ({
  run: {
    id,
    conversationId: id,
    answerId: `answer of ${id}`,
    steps: 0,
    userMessage: { id: 'm', position: 1 },
  } as unknown as Run,
  fence: 2,
  reservedSeq: 100,
  isCancelRequested: id === 'cancelled',
});

/** Stores with these lost runs in them; to write for the answer of one of them fails as `failures` says. */
function openStores(
  ids: readonly string[],
  failures: Readonly<Record<string, Error>> = {},
  stored: Partial<Message> | null = null,
  { isDeleted = false, booked = 0 } = {},
) {
  const ended: string[] = [];
  const ends: RunEnd[] = [];
  const complaints: unknown[] = [];
  const written: unknown[] = [];
  const needs = {
    clock: systemClock,
    log: { ...silentLog, error: (record: { runId?: string }) => complaints.push(record.runId) },
    runs: {
      takeOver: (_lease: object, _now: Date, limit: number, except: readonly string[]) => {
        const left = ids.filter((id) => !ended.includes(id) && !except.includes(id));
        return Promise.resolve(left.slice(0, limit).map(lostRun));
      },
      deleteOfConversation: (conversationId: string) => Promise.resolve(void ended.push(conversationId)),
      finish(id: string, _fence: number, end: RunEnd) {
        ended.push(id);
        ends.push(end);
        return Promise.resolve(true);
      },
    },
    messages: {
      insertMissing: ([, answer]: Message[]) => {
        const failure = failures[answer?.runId ?? ''];
        return failure ? Promise.reject(failure) : Promise.resolve();
      },
      deleteOfConversation: () => Promise.resolve(),
      raiseFence: (_id: string, fence: number) => Promise.resolve(void written.push(`fence ${fence}`)),
      findDraft: () => Promise.resolve(stored && { message: { parts: [], ...stored }, seq: 7 }),
      finish: ({ parts }: Draft) => Promise.resolve(written.push(parts) > 0),
    },
    messageTokens: { deleteOfConversation: () => Promise.resolve() },
    usage: {
      totalOfRun: () => Promise.resolve({ usage: usageOf(3, 2), steps: booked }),
      findMany: () => Promise.resolve([]),
    },
    conversations: { advance: () => Promise.resolve(!isDeleted), find: () => Promise.resolve(null) },
    models: { find: () => Promise.resolve(null) },
    budgets: { find: (): Promise<null> => Promise.reject(new Error('The books are torn.')) },
    runEvents: { drop: () => Promise.resolve() },
    bell: { ring() {} },
  };
  const recovering = { needs, toolbox: createToolbox([]) } as unknown as Parameters<typeof recoverRuns>[0];
  const recover = () => recoverRuns(recovering, LEASE, new Date(0));
  return { needs, recover, ended, ends, complaints, written };
}

it.each([new Error('E11000'), new AppError('CONFLICT', 'It has changed.')])(
  'ends the other lost runs where one cannot be ended, and tells the operator which: %s',
  async (poison) => {
    const stores = openStores(['a', 'poison', 'b'], { poison });

    await stores.recover();

    expect(stores.ended).toEqual(['a', 'b']);
    expect(stores.complaints).toEqual(['poison']);
  },
);

it('gets past a whole batch that cannot be ended, and tries each once', async () => {
  const ids = Array.from({ length: 50 }, (_, index) => `poison${index}`);
  const stores = openStores([...ids, 'a'], Object.fromEntries(ids.map((id) => [id, new Error('E11000')])));

  await stores.recover();

  expect(stores.ended).toEqual(['a']);
  expect(stores.complaints).toEqual(ids);
});

it('gives up at once while the database does not answer', async () => {
  const stores = openStores(['a', 'b'], { a: new AppError('SERVICE_UNAVAILABLE', 'The database does not answer.') });

  await expect(stores.recover()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });

  expect(stores.ended).toEqual([]);
});

it('takes a run for completed whose whole answer is stored, with what it took', async () => {
  const stores = openStores(['a'], {}, { status: 'COMPLETE', usage: usageOf(10, 5) });

  await stores.recover();

  expect(stores.ends).toMatchObject([
    { status: 'COMPLETED', stopReason: 'ANSWER', usage: usageOf(10, 5), lastSeq: 102 },
  ]);
});

it('takes any other for interrupted, with what the books say it took', async () => {
  const stores = openStores(['a'], {}, { status: 'STREAMING', usage: null });

  await stores.recover();

  expect(stores.ends).toMatchObject([{ status: 'INTERRUPTED', stopReason: null, usage: usageOf(3, 2), lastSeq: 102 }]);
});

it('writes only after it has shut out who drove it, and has failed the call that was running', async () => {
  const running = { type: 'tool-call', callId: 'c', step: 1, name: 'time_now', status: 'RUNNING' } as ToolCallPart;
  const stores = openStores(['a'], {}, { status: 'STREAMING', usage: null, parts: [running] });

  await stores.recover();

  expect(stores.written).toEqual([
    'fence 2',
    [{ ...running, status: 'FAILED', output: 'The server was lost while the tool ran.' }],
  ]);
});

it('leaves a run for later whose books cannot be read while the database does not answer', async () => {
  const stores = openStores(['a'], {}, { status: 'STREAMING', usage: null, parts: [{ type: 'text', text: 'Once' }] });
  stores.needs.budgets.find = () => Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'away'));

  await expect(stores.recover()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });

  expect(stores.ends).toEqual([]);
});

it('counts the steps of which something was saved', async () => {
  const called = { type: 'tool-call', callId: 'c', step: 1, name: 'time_now', status: 'SUCCEEDED' } as ToolCallPart;
  const parts = [{ type: 'text', text: 'Let me see.' } as const, called, { type: 'text', text: 'It is' } as const];
  const stores = openStores(['a'], {}, { status: 'STREAMING', usage: null, parts });

  await stores.recover();

  expect(stores.ends).toMatchObject([{ status: 'INTERRUPTED', steps: 2 }]);
});

it('counts the steps that the books tell of, although nothing of the last was saved', async () => {
  const parts = [{ type: 'text', text: 'It is' } as const];
  const stores = openStores(['a'], {}, { status: 'STREAMING', usage: null, parts }, { booked: 2 });

  await stores.recover();

  expect(stores.ends).toMatchObject([{ status: 'INTERRUPTED', steps: 2 }]);
});

it('takes one for cancelled that somebody had asked to end, unless its answer is whole', async () => {
  const [partial, whole] = [
    openStores(['cancelled'], {}, { status: 'STREAMING', usage: null }),
    openStores(['cancelled'], {}, { status: 'COMPLETE', usage: usageOf(10, 5) }),
  ];

  await Promise.all([partial.recover(), whole.recover()]);

  expect(partial.ends).toMatchObject([{ status: 'CANCELLED', stopReason: 'CANCELLED', usage: usageOf(3, 2) }]);
  expect(whole.ends).toMatchObject([{ status: 'COMPLETED', stopReason: 'ANSWER' }]);
});

it('ends a run also where nobody can tell what its lost calls took, and tells the operator', async () => {
  const stores = openStores(['a'], {}, { status: 'STREAMING', usage: null, parts: [{ type: 'text', text: 'Once' }] });

  await stores.recover();

  expect(stores.ends).toMatchObject([{ status: 'INTERRUPTED', usage: usageOf(3, 2) }]);
  expect(stores.complaints).toEqual(['a']);
});

it('forgets one whose conversation is deleted, although its place may have been taken meanwhile', async () => {
  const stores = openStores(['gone'], { gone: new Error('E11000') }, null, { isDeleted: true });

  await stores.recover();

  expect([stores.ended, stores.ends, stores.complaints]).toEqual([['gone'], [], []]);
});
