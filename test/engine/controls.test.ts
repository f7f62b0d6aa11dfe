import { once } from 'node:events';
import { createServer } from 'node:net';
import type { mongo } from 'mongoose';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openEngine } from '../../src/infra/engine/open-engine.js';
import { emptyFolder, failureOf, type OpenEngine, openTestEngine } from './kit.js';

let open: OpenEngine;
beforeAll(async () => {
  open = await openTestEngine({ hasTestCommands: true });
});
afterAll(() => open.close());

const admin = () => open.connection.getClient().db('admin');

describe('a fail point', () => {
  it('makes the next commands of a name fail as it is told, and then no more', async () => {
    await admin().command({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['insert'], errorCode: 91, errorLabels: ['Sorry'] },
    });

    const [failed] = await Promise.allSettled([open.db.collection('things').insertOne({})]);
    const error = failed.status === 'rejected' ? (failed.reason as mongo.MongoServerError) : undefined;
    expect([error?.code, error?.hasErrorLabel('Sorry')]).toEqual([91, true]);
    await open.db.collection('things').insertOne({});

    expect(await open.db.collection('things').countDocuments()).toBe(1);
  });

  it('closes the connection', async () => {
    await admin().command({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['insert'], closeConnection: true },
    });

    await expect(open.db.collection('things').insertOne({})).rejects.toMatchObject({ name: 'MongoNetworkError' });
  });

  it('lets a write be done, and says that it did not reach the others', async () => {
    const notReached = { code: 64, codeName: 'WriteConcernFailed', errmsg: 'waiting timed out' };
    await admin().command({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['insert'], writeConcernError: notReached, errorLabels: ['Sorry'] },
    });
    const inserted = open.db.collection('unreached').insertOne({});

    await expect(inserted).rejects.toMatchObject({
      name: 'MongoWriteConcernError',
      result: { n: 1, ok: 1, writeConcernError: notReached, errorLabels: ['Sorry'] },
    });
    expect(await open.db.collection('unreached').countDocuments()).toBe(1);
  });

  it('keeps a command waiting', async () => {
    await admin().command({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['insert'], blockConnection: true, blockTimeMS: 200 },
    });
    const began = performance.now();

    await open.db.collection('late').insertOne({});

    expect(performance.now() - began).toBeGreaterThan(195);
  });

  it.each([
    ['anything that it does not know', { appName: 'mine' }, 238],
    ['a block without its time', { blockConnection: true }, 72],
  ])('refuses %s', async (_, data, code) => {
    const configured = admin().command({ configureFailPoint: 'failCommand', mode: 'off', data });

    expect((await failureOf(configured)).code).toBe(code);
  });

  it('is there only with test commands', async () => {
    const plain = await openTestEngine();

    const failure = await failureOf(plain.db.command({ configureFailPoint: 'failCommand', mode: 'off' }));
    await plain.close();

    expect(failure.code).toBe(59);
  });
});

describe('the search for documents whose time is over', () => {
  it('runs as often as it is told', async () => {
    const things = open.db.collection('expiring');
    await things.createIndex({ at: 1 }, { expireAfterSeconds: 0 });
    await things.insertOne({ at: new Date(0) });

    await admin().command({ setParameter: 1, ttlMonitorSleepSecs: 1 });

    await vi.waitFor(async () => expect(await things.countDocuments()).toBe(0), { timeout: 5000, interval: 100 });
    expect((await failureOf(admin().command({ setParameter: 1, somethingElse: 1 }))).code).toBe(72);
  });
});

describe('an engine that cannot listen', () => {
  it('says so, and gives its folder free', async () => {
    const dir = await emptyFolder();
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port } = occupant.address() as { port: number };

    await expect(openEngine({ dir, port, noSync: true })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const engine = await openEngine({ dir, noSync: true });

    await engine.stop();
    occupant.close();
    await rm(dir, { recursive: true });
  });
});
