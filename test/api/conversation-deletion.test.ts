import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { finishDeletions } from '../../src/domain/conversations/delete-conversation.js';
import { recoverRuns } from '../../src/domain/runs/recover-runs.js';
import { createToolbox } from '../../src/domain/tools/tools.js';
import { say, stall } from '../kit/fake-llm.js';
import { codesOf, openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let ada: Person;
beforeAll(async () => {
  house = await openHouse();
  ada = await house.join('ada');
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => house.close());

const DELETE = 'mutation ($id: ID!) { deleteConversation(id: $id) }';
const SEND = 'mutation ($id: ID!) { sendMessage(input: { conversationId: $id, text: "too late" }) { run { id } } }';

it('a deleted conversation is not there for a message that comes meanwhile, and nothing of that is left', async () => {
  const id = await ada.createConversation();
  house.llm.script([say('hello')]);
  await ada.turn(id, 'hi');
  const { runs, messages } = house.needs;
  const [claim, deleteMessages] = [runs.claim, messages.deleteOfConversation];
  let reach = () => {};
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let deletion: Promise<unknown> | undefined;
  let claimed = '';
  // The run is claimed when the deletion has taken the runs, but not the messages.
  vi.spyOn(runs, 'claim').mockImplementationOnce(async (run, ...rest) => {
    claimed = run.id;
    deletion = ada.get(DELETE, { id });
    await reached;
    return claim(run, ...rest);
  });
  vi.spyOn(messages, 'deleteOfConversation').mockImplementationOnce(async (conversationId) => {
    reach();
    await sent;
    await deleteMessages(conversationId);
  });

  const sent = ada.ask(SEND, { id });

  expect(codesOf(await sent)).toEqual([['NOT_FOUND', undefined]]);
  expect(await deletion).toEqual({ deleteConversation: id });
  expect([await runs.find(claimed), await messages.listLinks(id)]).toEqual([null, []]);
});

it('a deleted conversation is gone from the first moment on, and is deleted to its end when it is asked for again after a failure', async () => {
  const id = await ada.createConversation();
  house.llm.script([say('hello')]);
  await ada.turn(id, 'hi');
  vi.spyOn(house.needs.messages, 'deleteOfConversation').mockRejectedValueOnce(
    new AppError('SERVICE_UNAVAILABLE', 'The database does not answer.'),
  );

  expect(codesOf(await ada.ask(DELETE, { id }))).toEqual([['SERVICE_UNAVAILABLE', undefined]]);

  expect(await ada.get('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: null });
  expect(await ada.get(DELETE, { id })).toEqual({ deleteConversation: id });
  expect(await house.needs.messages.listLinks(id)).toEqual([]);
  expect(codesOf(await ada.ask(DELETE, { id }))).toEqual([['NOT_FOUND', undefined]]);
});

it('a deletion that was lost half-way is brought to its end, but none that is under way', async () => {
  const [lost, underWay] = [await ada.createConversation(), await ada.createConversation()];
  house.llm.script([say('hello'), say('hello')]);
  await ada.turn(lost, 'hi');
  await ada.turn(underWay, 'hi');
  const { conversations, messages, clock } = house.needs;
  const now = clock.now().getTime();
  await conversations.beginDeletion(lost, ada.id, new Date(now - 61_000));
  await conversations.beginDeletion(underWay, ada.id, new Date(now - 1_000));

  await finishDeletions(house.needs);

  expect(await messages.listLinks(lost)).toEqual([]);
  expect(await messages.listLinks(underWay)).toHaveLength(2);
  expect(await conversations.listDeletions(new Date(now), 9, [])).toEqual([underWay]);
});

it('a lost deletion stops the run that still goes on there', async () => {
  const id = await ada.createConversation();
  house.llm.script([stall('and ')]);
  const asked = house.llm.request(house.llm.requests.length + 1);
  await ada.ask(SEND, { id });
  const { closed } = await asked;
  const { conversations, clock } = house.needs;
  await conversations.beginDeletion(id, ada.id, new Date(clock.now().getTime() - 61_000));

  await finishDeletions(house.needs);

  expect(await closed).toBe(false);
});

it('a lost deletion that fails keeps no other from its end', async () => {
  const ids = [await ada.createConversation(), await ada.createConversation()];
  const { conversations, messages, clock } = house.needs;
  const long = new Date(clock.now().getTime() - 61_000);
  for (const id of ids) await conversations.beginDeletion(id, ada.id, long);
  const [failing, other] = await conversations.listDeletions(clock.now(), 2, []);
  vi.spyOn(messages, 'deleteOfConversation').mockRejectedValueOnce(new Error('broken'));

  await finishDeletions(house.needs);

  const left = await conversations.listDeletions(clock.now(), 9, []);
  expect(left).toContain(failing);
  expect(left).not.toContain(other);
});

it('lost deletions that fail keep no others from their end, however many they are', async () => {
  const { conversations, messages, clock } = house.needs;
  const long = new Date(clock.now().getTime() - 61_000);
  const ids = await Promise.all(Array.from({ length: 101 }, () => ada.createConversation()));
  await Promise.all(ids.map((id) => conversations.beginDeletion(id, ada.id, long)));
  const other = (await conversations.listDeletions(new Date(long.getTime() + 1), 999, [])).at(-1)!;
  const { deleteOfConversation } = messages;
  vi.spyOn(messages, 'deleteOfConversation').mockImplementation((id) =>
    id === other ? deleteOfConversation(id) : Promise.reject(new Error('broken')),
  );

  await finishDeletions(house.needs);

  const left = await conversations.listDeletions(clock.now(), 999, []);
  expect(left).not.toContain(other);
  expect(ids.filter((id) => left.includes(id))).toHaveLength(100);
});

it('a deletion takes it for granted that the active run ends by itself meanwhile, with nothing of it left', async () => {
  const id = await ada.createConversation();
  house.llm.script([say('a b c d', { everyMs: 100 })]);
  await ada.ask(SEND, { id });
  const { runs, messages } = house.needs;
  const { listActive } = runs;
  vi.spyOn(runs, 'listActive').mockImplementationOnce(async (ids) => {
    const active = await listActive(ids);
    await runs.deleteOfConversation(id);
    return active;
  });

  expect(await ada.get(DELETE, { id })).toEqual({ deleteConversation: id });

  expect(await messages.listLinks(id)).toEqual([]);
});

it('a turn is not left behind, nor what it is found by, that is stored just after another server has deleted its conversation', async () => {
  const id = await ada.createConversation();
  house.llm.script([say('hello')]);
  const { conversations, messages, messageTokens, runs, clock } = house.needs;
  const { insertMissing } = messages;
  vi.spyOn(messages, 'insertMissing').mockImplementationOnce(async (...turn) => {
    await vi.waitFor(async () => expect((await conversations.find(id))?.activeLeafId).not.toBeNull());
    await conversations.beginDeletion(id, ada.id, clock.now());
    await runs.deleteOfConversation(id);
    await conversations.delete(id);
    await insertMissing(...turn);
    // A search that has read the conversation's head before.
    const { id: messageId, position } = turn[0][0]!;
    const tokens = { version: 'v1', pieces: [] };
    await messageTokens.keep([{ messageId, conversationId: id, position, tokens }]);
    expect(await messageTokens.listKept([id], 0, 9)).toHaveLength(1);
  });

  await ada.ask(SEND, { id });

  await vi.waitFor(async () => expect(await messages.listLinks(id)).toEqual([]));
  await vi.waitFor(async () => expect(await messageTokens.listKept([id], 0, 9)).toEqual([]));
});

/** Sends a message whose conversation is deleted before its run is claimed. What it has written can then not be deleted at first. */
async function sendTooLate(id: string, failure: Error): Promise<{ answer: unknown; runId: string }> {
  const { runs, messages } = house.needs;
  const { claim } = runs;
  let runId = '';
  vi.spyOn(runs, 'claim').mockImplementationOnce(async (run, ...rest) => {
    runId = run.id;
    await ada.get(DELETE, { id });
    vi.spyOn(messages, 'deleteOfConversation').mockRejectedValueOnce(failure);
    return claim(run, ...rest);
  });
  const answer = codesOf(await ada.ask(SEND, { id }));
  return { answer, runId };
}

it('nothing is left of a message whose conversation is deleted, although the database is away for a moment', async () => {
  const id = await ada.createConversation();
  const outage = new AppError('SERVICE_UNAVAILABLE', 'The database does not answer.');

  const { answer, runId } = await sendTooLate(id, outage);

  expect(answer).toEqual([['NOT_FOUND', undefined]]);
  const { runs, messages } = house.needs;
  expect([await runs.find(runId), await messages.listLinks(id)]).toEqual([null, []]);
});

it('a message of a deleted conversation that is lost half-way is still found by its run, and deleted with that', async () => {
  const id = await ada.createConversation();
  const { runId } = await sendTooLate(id, new Error('broken'));
  const { needs } = house;
  expect(await needs.messages.listLinks(id)).toHaveLength(2);

  await recoverRuns({ needs, toolbox: createToolbox([]) }, { holder: 'another', until: new Date() }, new Date(8.64e15));

  expect([await needs.runs.find(runId), await needs.messages.listLinks(id)]).toEqual([null, []]);
});
