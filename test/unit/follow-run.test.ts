import { afterEach, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/base/log.js';
import { systemClock } from '../../src/base/clock.js';
import type { Message } from '../../src/domain/conversations/message.js';
import { followRun } from '../../src/domain/runs/follow-run.js';
import type { Run } from '../../src/domain/runs/run.js';
import type { RunEvent } from '../../src/domain/runs/run-event.js';
import { RunLog, type RunTail } from '../../src/domain/runs/run-log.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { MemoryRunEventStore } from '../../src/infra/embedded/memory-run-event-store.js';

const RUN = 'run_a';
const answer = { id: 'msg_a', parts: [{ type: 'text', text: 'so far' }], status: 'STREAMING' } as unknown as Message;
const delta = (seq: number): RunEvent => ({ runId: RUN, seq, at: new Date(0), type: 'text-delta', text: `${seq} ` });
const end = (seq: number): RunEvent => ({ runId: RUN, seq, at: new Date(0), type: 'run-cancelled', message: answer });

class CountingBell extends MemoryBell {
  listening = 0;

  override listen(...args: Parameters<MemoryBell['listen']>): () => void {
    this.listening += 1;
    const stop = super.listen(...args);
    return () => {
      this.listening -= 1;
      stop();
    };
  }
}

afterEach(() => vi.useRealTimers());

/** As Redis is: others read it while a run goes on. */
class SharedRunEventStore extends MemoryRunEventStore {
  override readonly isShared = true;
}

/** Two processes that share a copy of the log and a bell; `database` is what the run and its answer look like there. */
function openProcesses({ isShared = true } = {}) {
  const runEvents = isShared ? new SharedRunEventStore() : new MemoryRunEventStore();
  const bell = new CountingBell();
  const database = {
    run: { id: RUN, status: 'RUNNING', answerId: 'msg_a', finishedAt: null, lastSeq: 0 } as Partial<Run>,
    draftSeq: 0,
  };
  const runs = { find: () => Promise.resolve(database.run as Run) };
  const needs = {
    runEvents,
    bell,
    log: silentLog,
    clock: systemClock,
    runs,
    messages: { findDraft: () => Promise.resolve({ message: answer, seq: database.draftSeq }) },
  };
  const [here, there] = [new RunLog(needs), new RunLog(needs)];
  const follow = (log: RunLog, after: number, signal = new AbortController().signal) =>
    followRun(
      { needs: needs as unknown as Parameters<typeof followRun>[0]['needs'], log },
      () => Promise.resolve({ id: RUN }),
      after,
      signal,
    );
  return { here, there, follow, database, runs, runEvents, bell };
}

const seqsOf = async (events: AsyncIterable<RunEvent>): Promise<number[]> => {
  const seqs: number[] = [];
  for await (const { seq } of events) seqs.push(seq);
  return seqs;
};

const appendAll = (tail: RunTail, from: number, to: number) => {
  for (let seq = from; seq <= to; seq++) tail.append(delta(seq));
};

it('gives a reader in the same process the past and the future, each event once', async () => {
  const { here, follow } = openProcesses();
  const tail = here.open(RUN);
  appendAll(tail, 1, 3);
  const reading = seqsOf(follow(here, 1));

  appendAll(tail, 4, 2000);
  tail.append(end(2001));

  expect(await reading).toEqual(Array.from({ length: 2000 }, (_, i) => i + 2));
});

it('gives a reader in another process the same', async () => {
  const { here, there, follow, database } = openProcesses();
  const tail = here.open(RUN);
  appendAll(tail, 1, 3);
  const reading = seqsOf(follow(there, 0));

  appendAll(tail, 4, 2000);
  tail.append(end(2001));
  database.run = { ...database.run, status: 'CANCELLED', lastSeq: 2001, finishedAt: new Date() };
  await here.close(tail);

  expect(await reading).toEqual(Array.from({ length: 2001 }, (_, i) => i + 1));
});

it('lets a reader go who leaves a quiet run, and keeps nothing of them', async () => {
  const { here, there, follow, bell } = openProcesses();
  here.open(RUN);
  const leaving = new AbortController();
  const readings = [seqsOf(follow(here, 0, leaving.signal)), seqsOf(follow(there, 0, leaving.signal))];

  await new Promise((resolve) => setImmediate(resolve));
  expect(bell.listening).toBe(1);
  leaving.abort();

  expect(await Promise.all(readings)).toEqual([[], []]);
  expect(bell.listening).toBe(0);
});

it('gives all of the log to a reader who came before it was opened', async () => {
  const { here, follow } = openProcesses({ isShared: false });
  const reading = seqsOf(follow(here, 0));
  await new Promise((resolve) => setImmediate(resolve));

  const tail = here.open(RUN);
  appendAll(tail, 1, 3);
  tail.append(end(4));

  expect(await reading).toEqual([1, 2, 3, 4]);
});

it('gives nothing more once the reader has left, whatever was there already', async () => {
  const { here, follow } = openProcesses();
  appendAll(here.open(RUN), 1, 100);
  const leaving = new AbortController();
  const seqs: number[] = [];

  for await (const { seq } of follow(here, 0, leaving.signal)) {
    seqs.push(seq);
    if (seq === 3) leaving.abort();
  }

  expect(seqs).toEqual([1, 2, 3]);
});

it('reads the copy once at each ring, and looks at the run only when nothing came', async () => {
  const { here, there, follow, runEvents, runs } = openProcesses();
  const tail = here.open(RUN);
  appendAll(tail, 1, 3);
  await here.flush();
  const reads = vi.spyOn(runEvents, 'read');
  const looks = vi.spyOn(runs, 'find');
  const reading = follow(there, 0);
  for (let seq = 1; seq <= 3; seq++) await reading.next();

  for (let seq = 4; seq <= 9; seq++) {
    const next = reading.next();
    tail.append(delta(seq));
    await here.flush();
    expect((await next).value).toEqual(delta(seq));
  }
  await reading.return();

  expect([reads.mock.calls.length, looks.mock.calls.length]).toEqual([7, 0]);
});

it('gives a snapshot and the end to a reader who comes back after the log is gone', async () => {
  const { there, follow, database } = openProcesses();
  database.run = { ...database.run, status: 'INTERRUPTED', lastSeq: 2002, finishedAt: new Date(0) };

  const events: RunEvent[] = [];
  for await (const event of follow(there, 17)) events.push(event);

  expect(events.map(({ seq, type }) => [seq, type])).toEqual([
    [2001, 'run-snapshot'],
    [2002, 'run-interrupted'],
  ]);
  expect(await seqsOf(follow(there, 2001))).toEqual([2002]);
  expect(await seqsOf(follow(there, 2002))).toEqual([]);
});

it('gives a reader elsewhere a snapshot when the copy of a run that goes on was lost, and then goes on', async () => {
  const { here, there, follow, database, runEvents } = openProcesses();
  const tail = here.open(RUN);
  appendAll(tail, 1, 10);
  await here.flush();
  await runEvents.drop(RUN);
  database.draftSeq = 10;
  const reading = seqsOf(follow(there, 4));

  appendAll(tail, 11, 12);
  tail.append(end(13));
  await here.flush();

  expect(await reading).toEqual([10, 11, 12, 13]);
});

it('copies a log as it grows where others read, again and again, and keeps it for an hour after its end', async () => {
  vi.useFakeTimers();
  const { here, runEvents } = openProcesses();
  const expire = vi.spyOn(runEvents, 'expire');
  const tail = here.open(RUN);
  const copied: number[] = [];
  for (let seq = 1; seq <= 3; seq++) {
    tail.append(delta(seq));
    await vi.advanceTimersByTimeAsync(1_000);
    copied.push((await runEvents.read(RUN, 0, 99)).length);
  }

  await here.close(tail);

  expect(copied).toEqual([1, 2, 3]);
  expect(expire.mock.calls).toEqual([[RUN, 3_600_000]]);
  expect(here.tail(RUN)).toBeUndefined();
});

it('copies one piece after the other, however slow one is', async () => {
  const { here, runEvents } = openProcesses();
  const tail = here.open(RUN);
  const append = runEvents.append.bind(runEvents);
  let goOn = (): void => {};
  runEvents.append = async (...piece) => {
    await new Promise<void>((resolve) => (goOn = resolve));
    return append(...piece);
  };
  appendAll(tail, 1, 2);
  const slow = here.flush();
  runEvents.append = append;
  appendAll(tail, 3, 4);
  const fast = here.flush();
  await new Promise(setImmediate);
  goOn();

  await Promise.all([slow, fast]);

  expect((await runEvents.read(RUN, 0, 99)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
});

it('copies what could not be copied at first, in order', async () => {
  const { here, runEvents } = openProcesses();
  const tail = here.open(RUN);
  const append = runEvents.append.bind(runEvents);
  let fail = (): void => {};
  runEvents.append = () => new Promise((_resolve, reject) => (fail = () => reject(new Error('away'))));
  appendAll(tail, 1, 3);
  const failing = here.flush();
  await new Promise(setImmediate);
  appendAll(tail, 4, 4);
  fail();
  await failing;
  runEvents.append = append;
  appendAll(tail, 5, 5);

  await here.flush();

  expect((await runEvents.read(RUN, 0, 99)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
});

it('holds up the end of a run that could not be copied all along for two tries at most', async () => {
  vi.useFakeTimers();
  const { here, runEvents } = openProcesses();
  const tail = here.open(RUN);
  const append = vi.spyOn(runEvents, 'append').mockImplementation(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    throw new Error('away');
  });
  for (let seq = 1; seq <= 75; seq++) {
    tail.append(delta(seq));
    await vi.advanceTimersByTimeAsync(40);
  }
  append.mockClear();

  const closing = here.close(tail);
  await vi.advanceTimersByTimeAsync(3_000);
  await closing;

  expect(append).toHaveBeenCalledTimes(1);
  expect(here.tail(RUN)).toBeUndefined();
});

it('sends a reader who lags far behind to a snapshot instead of holding everything for them', async () => {
  const { here, follow, database } = openProcesses();
  const tail = here.open(RUN);
  appendAll(tail, 1, 25_000);
  database.draftSeq = 24_990;
  tail.append(end(25_001));

  expect(await seqsOf(follow(here, 5))).toEqual(Array.from({ length: 12 }, (_, i) => 24_990 + i));
});

it('copies a log where nobody else reads only at its end, or when much has gathered', async () => {
  vi.useFakeTimers();
  const runEvents = new MemoryRunEventStore();
  const log = new RunLog({ runEvents, bell: new MemoryBell(), log: silentLog });
  const tail = log.open(RUN);
  const copied = async () => (await runEvents.read(RUN, 0, 9_999)).length;

  appendAll(tail, 1, 4_999);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await copied()).toBe(0);

  appendAll(tail, 5_000, 5_001);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await copied()).toBe(5_001);

  tail.append(end(5_002));
  await log.close(tail);
  expect(await copied()).toBe(5_002);
});

it('ends at once for a reader in another process who has seen the end of a run that has just ended', async () => {
  vi.useFakeTimers();
  const { here, there, follow, database } = openProcesses();
  const tail = here.open(RUN);
  appendAll(tail, 1, 3);
  tail.append(end(4));
  database.run = { ...database.run, status: 'CANCELLED', lastSeq: 4, finishedAt: new Date() };
  await here.close(tail);

  expect(await seqsOf(follow(there, 4))).toEqual([]);
});

it('tells a reader that the conversation is gone where its run is', async () => {
  const { there, follow, runs } = openProcesses();
  runs.find = () => Promise.resolve(null as unknown as Run);

  await expect(seqsOf(follow(there, 0))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
