import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { AppError } from '../../src/base/errors.js';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { Conversation } from '../../src/domain/conversations/conversation.js';
import type { RunJob } from '../../src/domain/runs/drive-run.js';
import type { Claim } from '../../src/domain/runs/run-store.js';
import type { Run } from '../../src/domain/runs/run.js';
import { MAX_MESSAGE_CHARS, sendMessage, type NewMessage, type Sending } from '../../src/domain/runs/send-message.js';
import { createToolbox } from '../../src/domain/tools/tools.js';
import { toolOf } from '../kit/agents.js';
import { modelOf, providerOf } from '../kit/models.js';

const viewer = { id: newId('usr'), role: 'DEVELOPER', sessionId: 's' } as const;
const conversationId = newId('conv');
const provider = providerOf();
const model = modelOf({ providerId: provider.id });
const message: NewMessage = {
  conversationId,
  text: 'hi',
  clientMessageId: 'one',
  toolNames: null,
  modelId: null,
  responseSchema: null,
};

/** A house with one conversation, in which claims come out as they are told to, the last one again and again. */
function openHouse(...claims: Claim[]) {
  const asked: Run[] = [];
  const started: RunJob[] = [];
  let reads = 0;
  const driver = {
    isDraining: false,
    claim(run: Run): Promise<Claim> {
      asked.push(run);
      return Promise.resolve(claims[Math.min(asked.length, claims.length) - 1] ?? { outcome: 'claimed' });
    },
    start(job: RunJob) {
      started.push(job);
      return Promise.resolve();
    },
  };
  const needs = {
    clock: systemClock,
    log: silentLog,
    newId,
    conversations: {
      find: (id: string) => {
        reads += 1;
        const conversation = { id, ownerId: viewer.id, modelId: model.id, nextPosition: reads };
        return Promise.resolve({ ...conversation, activeLeafId: null } as unknown as Conversation);
      },
    },
    runs: {
      findByClientMessageId: (_userId: string, id: string) =>
        Promise.resolve(started.find(({ run }) => run.clientMessageId === id)?.run ?? null),
    },
    models: { find: () => Promise.resolve(model) },
    providers: { findWithKey: () => Promise.resolve({ provider, key: null }) },
    budgets: { find: () => Promise.resolve(null) },
    settings: { runs: { maxSteps: 5, maxActivePerUser: 2 } },
  };
  const toolbox = createToolbox([toolOf('look', () => 'seen')]);
  const sending = { needs, driver, toolbox } as unknown as Sending;
  const send = (changes: Partial<NewMessage> = {}) => sendMessage(sending, viewer, { ...message, ...changes });
  return { send, driver, asked, started };
}

it('starts a run with what the message asks for, and with the steps that are set', async () => {
  const { send, started } = openHouse();

  const { run } = await send({ text: 'x'.repeat(MAX_MESSAGE_CHARS), clientMessageId: 'i'.repeat(128) });

  expect(run).toMatchObject({ status: 'RUNNING', modelName: model.name, maxSteps: 5 });
  expect(started.map((job) => [job.run, job.tools.length])).toEqual([[run, 1]]);
});

it.each<[string, Partial<NewMessage>, string]>([
  ['a text that is too long', { text: 'x'.repeat(MAX_MESSAGE_CHARS + 1) }, 'text'],
  ['a text with half a character', { text: 'half \ud83d' }, 'text'],
  ['an id with a blank', { clientMessageId: 'one two' }, 'clientMessageId'],
  ['an id that is too long', { clientMessageId: 'i'.repeat(129) }, 'clientMessageId'],
])('refuses %s', async (_what, changes, field) => {
  await expect(openHouse().send(changes)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field } });
});

it.each<[string, Partial<NewMessage>]>([
  ['conversation', { conversationId: newId('conv') }],
  ['text', { text: 'ho' }],
  ['choice of tools', { toolNames: [] }],
  ['model', { modelId: model.id }],
  ['form', { responseSchema: { type: 'object' } }],
])('takes the same id with another %s for another message, which it refuses', async (_what, changes) => {
  const { send, started } = openHouse();
  const { run } = await send();
  const house = openHouse({ outcome: 'duplicate', run });

  await expect(house.send(changes)).rejects.toMatchObject({
    code: 'CONFLICT',
    details: { field: 'clientMessageId' },
  });
  expect((await house.send()).run).toBe(run);
  expect(started).toHaveLength(1);
});

it('starts nothing while the server stops, but gives what was sent before', async () => {
  const { send, driver, started } = openHouse();
  const { run } = await send();
  driver.isDraining = true;

  expect((await send()).run).toBe(run);
  await expect(send({ text: 'ho' })).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(send({ clientMessageId: 'two' })).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    details: { isRetryable: true, retryAfterMs: 1_000 },
  });
  expect(started).toHaveLength(1);
});

it('reads the conversation again where others have moved it on, but not for ever', async () => {
  const { send, asked } = openHouse({ outcome: 'stale' }, { outcome: 'stale' }, { outcome: 'claimed' });
  await send();
  expect(asked.map(({ userMessage }) => userMessage.position)).toEqual([1, 2, 3]);

  await expect(openHouse({ outcome: 'stale' }).send()).rejects.toMatchObject({
    code: 'CONFLICT',
    details: { isRetryable: true },
  });
});

it.each([
  ['busy', 'CONFLICT'],
  ['full', 'LIMIT_EXCEEDED'],
] as const)('says that a message may be sent again where it finds its place %s', async (outcome, code) => {
  const { send, started } = openHouse({ outcome });

  const refused = await send().catch((error: unknown) => error);

  expect(refused).toBeInstanceOf(AppError);
  expect(refused).toMatchObject({ code, details: { isRetryable: true } });
  expect(started).toEqual([]);
});
