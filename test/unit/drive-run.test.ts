import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { AppError } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { Conversation } from '../../src/domain/conversations/conversation.js';
import type { Message, MessageStatus } from '../../src/domain/conversations/message.js';
import type { CallableModel } from '../../src/domain/models/model.js';
import type { LanguageModel } from '../../src/domain/models/language-model.js';
import type { Draft } from '../../src/domain/conversations/message-store.js';
import type { Needs } from '../../src/domain/needs.js';
import { Checkpoints } from '../../src/domain/runs/checkpoints.js';
import { driveRun } from '../../src/domain/runs/drive-run.js';
import { LiveRun } from '../../src/domain/runs/live-run.js';
import { RunBudget } from '../../src/domain/runs/run-budget.js';
import { isTerminal } from '../../src/domain/runs/run-event.js';
import { RunLog } from '../../src/domain/runs/run-log.js';
import { UNKNOWN_ERROR, type Run } from '../../src/domain/runs/run.js';
import type { RunEnd } from '../../src/domain/runs/run-store.js';
import { UsageBook } from '../../src/domain/runs/usage-book.js';
import type { Usage } from '../../src/domain/usage/usage.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { MemoryRunEventStore } from '../../src/infra/embedded/memory-run-event-store.js';
import { toolOf } from '../kit/agents.js';
import { call, say, ScriptedModel } from '../kit/scripted-model.js';

const userMessage = { id: 'msg_q', parentId: null, position: 1, parts: [{ type: 'text', text: 'hi' }] };
const run = {
  id: 'run_a',
  conversationId: 'conv_a',
  userId: 'usr_a',
  modelName: 'a',
  maxSteps: 8,
  answerId: 'msg_a',
  userMessage: userMessage as unknown as Message,
  startedAt: new Date(0),
} as Run;
const conversation = { id: 'conv_a', instructions: '', fallbackModelIds: [], summary: null } as unknown as Conversation;
const callable = {
  model: {
    id: newId('mod'),
    name: 'a',
    toolMode: 'TOOLS',
    fallbackModelIds: [],
    contextWindow: null,
    isEnabled: true,
  },
  provider: { isEnabled: true },
} as unknown as CallableModel;

/** All that a run needs, where no number can be reserved for its events beyond the first block. */
function openDesk(model: LanguageModel) {
  const done = () => Promise.resolve(true);
  const needs = {
    clock: systemClock,
    log: silentLog,
    bell: new MemoryBell(),
    runEvents: new MemoryRunEventStore(),
    runs: { reserveSeq: () => Promise.reject(new Error('away')), finish: done },
    messages: { insertMissing: done, saveDrafts: done, finish: done },
    conversations: { advance: done },
    budgets: { find: () => Promise.resolve(null) },
    usage: { record: done },
    models: { find: () => Promise.resolve(callable.model) },
    providers: { findWithKey: () => Promise.resolve({ provider: callable.provider, key: null }) },
    modelClients: { open: () => model },
    settings: { runs: { maxDurationMs: 60_000 } },
  } as unknown as Needs;
  const log = new RunLog(needs);
  return { needs, log, checkpoints: new Checkpoints(needs), book: new UsageBook(needs) };
}

it('lets a model go whose answer cannot be recorded', async () => {
  const service = { isOpen: false };
  const desk = openDesk({
    async *stream() {
      service.isOpen = true;
      try {
        for (;;) yield { type: 'text-delta', text: 'more ' };
      } finally {
        service.isOpen = false;
      }
    },
  });
  const live = new LiveRun(desk.needs, run, 1, desk.log.open(run.id));
  const budget = new RunBudget(desk.needs, run);

  await driveRun(desk, live, { run, conversation, model: callable, budget, tools: [], answerSchema: null }).done;

  expect(live.draft().seq).toBe(2_000);
  expect(service.isOpen).toBe(false);
  expect(desk.log.tail(run.id)).toBeUndefined();
});

/** What happens while an agent calls a tool and answers: each asking of the model, each run of the tool, and each saving, by the status that the call has there. */
async function traceOf(isRepeatable: boolean): Promise<string[]> {
  const trace: string[] = [];
  const script = new ScriptedModel([call({ id: 'call_a', name: 'sender', args: {} }), say('done')]);
  const desk = openDesk({
    stream(request) {
      trace.push('asked');
      return script.stream(request);
    },
  });
  desk.needs.messages.saveDrafts = async (drafts: readonly Draft[]) => {
    for (const part of drafts.flatMap(({ parts }) => parts)) if (part.type === 'tool-call') trace.push(part.status);
  };
  const sender = toolOf('sender', () => {
    trace.push('ran');
    return 'sent';
  });
  const live = new LiveRun(desk.needs, run, 1, desk.log.open(run.id));
  const budget = new RunBudget(desk.needs, run);
  const tools = [{ ...sender, isRepeatable }];

  await driveRun(desk, live, { run, conversation, model: callable, budget, tools, answerSchema: null }).done;
  return trace;
}

it('puts on record before it is done, and as soon as it is, what must not be done twice', async () => {
  expect(await traceOf(false)).toEqual(['asked', 'RUNNING', 'ran', 'SUCCEEDED', 'asked']);
});

it('keeps nobody waiting for the record of what may be done again', async () => {
  expect(await traceOf(true)).toEqual(['asked', 'ran', 'asked']);
});

it('has failed the call of a tool that was running when the run was cancelled', async () => {
  const { needs, ...desk } = openDesk(new ScriptedModel([call({ id: 'call_a', name: 'endless', args: {} })]));
  const finished: Draft[] = [];
  Object.assign(needs.messages, { finish: (draft: Draft) => Promise.resolve(finished.push(draft) > 0) });
  const live = new LiveRun(needs, run, 1, desk.log.open(run.id));
  const endless = toolOf('endless', () => {
    live.stop('CANCELLED');
    return new Promise<never>(() => {});
  });
  const budget = new RunBudget(needs, run);

  await driveRun({ needs, ...desk }, live, {
    run,
    conversation,
    model: callable,
    budget,
    tools: [endless],
    answerSchema: null,
  }).done;

  expect(finished.map(({ parts }) => parts)).toEqual([
    [
      expect.objectContaining({
        type: 'tool-call',
        callId: 'call_a',
        status: 'FAILED',
        output: 'The run ended before the tool did.',
      }),
    ],
  ]);
});

it.each([
  ['UPSTREAM_FAILED', 'PARTIAL'],
  ['INVALID_OUTPUT', 'FAILED'],
] as const)('keeps what was said before %s as %s, and tells of it so', async (code, status) => {
  const { needs, ...desk } = openDesk(
    new ScriptedModel([[{ type: 'text-delta', text: 'half an' }, new AppError(code, 'no')]]),
  );
  const kept: Partial<Message>[] = [];
  Object.assign(needs.messages, {
    finish: ({ parts }: Draft, as: MessageStatus, usage: Usage) =>
      Promise.resolve(kept.push({ parts, status: as, usage }) > 0),
  });
  const live = new LiveRun(needs, run, 1, desk.log.open(run.id));
  const job = { run, conversation, model: callable, budget: new RunBudget(needs, run), tools: [], answerSchema: null };

  await driveRun({ needs, ...desk }, live, job).done;

  expect(kept).toEqual([{ parts: [{ type: 'text', text: 'half an' }], status, usage: expect.any(Object) }]);
  const told = await needs.runEvents.read(run.id, 0, 99);
  expect(told.at(-1)).toMatchObject({ type: 'run-failed', message: kept[0]!, error: { code } });
});

it('tells of no end, and deletes nothing, where another process has the run by now', async () => {
  const { needs, ...desk } = openDesk(new ScriptedModel([say('too late')]));
  const touched: string[] = [];
  const touch = (what: string) => () => Promise.resolve(touched.push(what) > 0);
  Object.assign(needs.messages, { finish: () => Promise.resolve(false), deleteOfConversation: touch('messages') });
  Object.assign(needs.runs, { finish: touch('end'), deleteOfConversation: touch('runs') });
  Object.assign(needs.conversations, { find: () => Promise.resolve(conversation) });
  const live = new LiveRun(needs, run, 1, desk.log.open(run.id));
  const job = { run, conversation, model: callable, budget: new RunBudget(needs, run), tools: [], answerSchema: null };

  await driveRun({ needs, ...desk }, live, job).done;

  expect(touched).toEqual([]);
  const told = await needs.runEvents.read(run.id, 0, 99);
  expect(told.length).toBeGreaterThan(0);
  expect(told.filter(isTerminal)).toEqual([]);
});

it('leaves nothing of a turn whose conversation is deleted, although its place is taken still, and has no failure to tell', async () => {
  const forgotten: string[] = [];
  const complaints: unknown[] = [];
  const { needs: ordinary, ...desk } = openDesk(new ScriptedModel([say('too late')]));
  const log = { ...silentLog, error: (record: object) => void complaints.push(record) };
  const needs = { ...ordinary, log };
  const forget = (kind: string) => (id: string) => Promise.resolve(void forgotten.push(`${kind} of ${id}`));
  Object.assign(needs.messages, {
    insertMissing: () => Promise.reject(new Error('E11000')),
    finish: () => Promise.resolve(false),
    deleteOfConversation: forget('messages'),
  });
  Object.assign(needs.runs, { deleteOfConversation: forget('runs') });
  Object.assign(needs, { messageTokens: { deleteOfConversation: forget('tokens') } });
  Object.assign(needs.conversations, { advance: () => Promise.resolve(false), find: () => Promise.resolve(null) });
  const live = new LiveRun(needs, run, 1, desk.log.open(run.id));
  const job = { run, conversation, model: callable, budget: new RunBudget(needs, run), tools: [], answerSchema: null };

  const { isStored, done } = driveRun({ needs, ...desk }, live, job);

  await expect(isStored).rejects.toHaveProperty('code', 'NOT_FOUND');
  await done;
  expect([...new Set(forgotten)]).toEqual(['messages of conv_a', 'tokens of conv_a', 'runs of conv_a']);
  expect(live.signal.reason).toMatchObject({ why: 'CANCELLED' });
  expect(complaints).toEqual([]);
});

it('stores what was said while what was said before is still being summed up', async () => {
  const told = (id: string, position: number, parentId: string | null) =>
    ({
      id,
      position,
      parentId,
      role: 'USER',
      parts: [{ type: 'text', text: 'word '.repeat(40_000) }],
    }) as unknown as Message;
  const before = [told('msg_2', 2, 'msg_1'), told('msg_1', 1, null)];
  const later = { ...run, userMessage: { ...run.userMessage, parentId: 'msg_2', position: 3 } };
  let sumUp = () => {};
  const summedUp = new Promise<void>((resolve) => (sumUp = resolve));
  const script = new ScriptedModel([say('They said much.'), say('done')]);
  const { needs, ...desk } = openDesk({
    async *stream(request) {
      if (request.call?.step === 0) await summedUp;
      yield* script.stream(request);
    },
  });
  Object.assign(needs.messages, { listBefore: () => Promise.resolve(before) });
  Object.assign(needs.conversations, { update: () => Promise.resolve(true) });
  const live = new LiveRun(needs, later, 1, desk.log.open(run.id));
  const budget = new RunBudget(needs, later);
  const job = { run: later, conversation, model: callable, budget, tools: [], answerSchema: null };

  const { isStored, done } = driveRun({ needs, ...desk }, live, job);
  await isStored;
  expect(script.requests).toEqual([]);
  sumUp();
  await done;

  expect(script.requests.map(({ call }) => call?.step)).toEqual([0, 1]);
}, 3_000);

it('is ended and told of once an outage is over, with its steps, and after what its calls took is in the books', async () => {
  const { needs, ...desk } = openDesk(new ScriptedModel([call({ id: 'a', name: 'sender', args: {} }), say('done')]));
  const told: string[] = [];
  const onceAway = (what: string) => {
    let isAway = true;
    return async () => {
      if (isAway) {
        isAway = false;
        throw new AppError('SERVICE_UNAVAILABLE', 'away');
      }
      await new Promise(setImmediate);
      return told.push(what) > 0;
    };
  };
  const endRun = onceAway('run');
  Object.assign(needs.messages, { finish: onceAway('message') });
  Object.assign(needs.usage, { record: onceAway('books') });
  Object.assign(needs.runs, {
    finish: (_id: string, _fence: number, { status, steps }: RunEnd) => {
      expect([status, steps]).toEqual(['COMPLETED', 2]);
      return endRun();
    },
  });
  const live = new LiveRun(needs, run, 1, desk.log.open(run.id));
  live.tail.listen(() => {
    const events = live.tail.after(0);
    if (typeof events !== 'string' && events.some(isTerminal)) told.push('reader');
  });
  const tools = [toolOf('sender', () => 'sent')];
  const job = { run, conversation, model: callable, budget: new RunBudget(needs, run), tools, answerSchema: null };

  await driveRun({ needs, ...desk }, live, job).done;

  expect(told.slice(0, 2).toSorted()).toEqual(['books', 'message']);
  expect(told.slice(2, 4)).toEqual(['run', 'reader']);
});

it('is cancelled at a bell only if somebody asked for that, and listens no longer than it goes on', async () => {
  const { needs, ...desk } = openDesk({
    async *stream({ signal }) {
      yield { type: 'text-delta', text: 'so far' };
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
  });
  const answers = [false, true, true];
  const ends: RunEnd[] = [];
  Object.assign(needs.runs, {
    isCancelRequested: () => Promise.resolve(answers.shift()),
    finish: (_id: string, _fence: number, end: RunEnd) => Promise.resolve(ends.push(end) > 0),
  });
  const live = new LiveRun(needs, run, 1, desk.log.open(run.id));
  const job = { run, conversation, model: callable, budget: new RunBudget(needs, run), tools: [], answerSchema: null };
  const { isStored, done } = driveRun({ needs, ...desk }, live, job);
  await isStored;

  needs.bell.ring('cancel:run_a');
  await new Promise(setImmediate);
  expect([answers.length, live.signal.aborted]).toEqual([2, false]);
  needs.bell.ring('cancel:run_a');
  await done;
  needs.bell.ring('cancel:run_a');
  await new Promise(setImmediate);

  expect(ends.map(({ status }) => status)).toEqual(['CANCELLED']);
  expect(answers).toEqual([true]);
});

it('fails without a word of it by a fault of ours, which the log has', async () => {
  const fault = new TypeError('undefined is not a function');
  const faults: unknown[] = [];
  const { needs: ordinary, ...desk } = openDesk(new ScriptedModel([[fault]]));
  const needs = { ...ordinary, log: { ...silentLog, error: ({ error }: { error?: unknown }) => faults.push(error) } };
  const live = new LiveRun(needs, run, 1, desk.log.open(run.id));
  const job = { run, conversation, model: callable, budget: new RunBudget(needs, run), tools: [], answerSchema: null };

  await driveRun({ needs, ...desk }, live, job).done;

  const told = await needs.runEvents.read(run.id, 0, 99);
  expect(told.at(-1)).toMatchObject({ type: 'run-failed', error: UNKNOWN_ERROR });
  expect(faults).toEqual([fault]);
});
