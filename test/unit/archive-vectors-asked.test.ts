import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { silentLog } from '../../src/base/log.js';
import { IndexMemory } from '../../src/domain/archive/index-memory.js';
import { ArchiveVectors } from '../../src/domain/archive/vectors/archive-vectors.js';
import type { OpenSpace } from '../../src/domain/archive/vectors/open-space.js';
import { entryVectors } from '../../src/domain/archive/vectors/vector-index.js';
import type { VectorState, WrittenVectors } from '../../src/domain/archive/vectors/vector-store.js';
import type { Needs } from '../../src/domain/needs.js';
import { fakeVector } from '../kit/fake-embeddings.js';

const WORDS = { entryCount: 1, filter: () => () => true };

let state: VectorState;
let written: WrittenVectors[];
/** What `list` was asked for: after which sequence. */
let listed: number[];
let reading: Promise<void>;
let calls: (readonly string[])[];
let embed: OpenSpace['embed'];
let warnings: string[];
let vectors: ArchiveVectors;
beforeEach(() => {
  state = { answering: { key: 'a', modelId: 'mod_a' }, sequence: 1, done: { space: 'a', revision: 1 } };
  written = [writtenOf('one', 'quokka', 1)];
  listed = [];
  reading = Promise.resolve();
  calls = [];
  warnings = [];
  embed = (_userId, texts) => Promise.resolve(texts.map((text) => fakeVector('a', text)));
  const archiveVectors = {
    readState: () => Promise.resolve(state),
    async list(_ownerId: string, _space: string, since: number) {
      listed.push(since);
      await reading;
      return written.filter(({ sequence }) => sequence > since);
    },
  };
  const settings = { archive: { vectorTimeoutMs: 400 } };
  const log = { ...silentLog, warn: (_details: object, text: string) => warnings.push(text) };
  const needs = { archiveVectors, settings, log } as unknown as Needs;
  const space: OpenSpace = {
    key: 'a',
    modelId: 'mod_a',
    embed(userId, texts, signal) {
      calls.push(texts);
      return embed(userId, texts, signal);
    },
  };
  vectors = new ArchiveVectors(
    needs,
    new IndexMemory(1_000_000),
    { open: () => Promise.resolve(space) },
    () => undefined,
  );
});

const writtenOf = (entryId: string, text: string, sequence: number): WrittenVectors => ({
  ...entryVectors({ entryId, version: 1 }, [{ start: 0, end: 1, vector: fakeVector('a', text) }]),
  sequence,
});

const find = async (query: string) =>
  (await vectors.ask('ada', query, WORDS))?.search(5, () => true).map(({ entryId }) => entryId) ?? null;

describe('asking for vectors', () => {
  it('reads all once, and then only what is new', async () => {
    expect(await find('marsupial')).toEqual(['one']);
    expect(await find('airship')).toEqual([]);
    written.push(writtenOf('two', 'zeppelin', 2));
    state = { ...state, sequence: 2 };

    expect(await find('airship')).toEqual(['two']);

    expect(listed).toEqual([-1, 1]);
    expect(calls.map(({ length }) => length)).toEqual([9, 1, 1]);
  });

  it('does without them while a large archive is being read, and has them afterwards', async () => {
    let finish = (): void => undefined;
    reading = new Promise((resolve) => (finish = resolve));

    expect(await find('marsupial')).toBeNull();

    finish();
    expect(await find('marsupial')).toEqual(['one']);
    expect(listed).toEqual([-1]);
  });

  it('does not ask a service again at once that did not answer in time', async () => {
    embed = (_userId, _texts, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

    expect(await find('marsupial')).toBeNull();
    expect(await find('marsupial')).toBeNull();

    expect(calls).toHaveLength(1);
  });

  it('goes on asking for others where the budget of one is used up', async () => {
    const before = embed;
    embed = () => Promise.reject(new AppError('BUDGET_EXCEEDED', 'used up'));
    expect(await find('marsupial')).toBeNull();

    embed = before;

    expect(await find('marsupial')).toEqual(['one']);
  });

  it('goes by words, and says so, where the service puts a model of other dimensions behind the same name', async () => {
    expect(await find('marsupial')).toEqual(['one']);
    embed = (_userId, texts) => Promise.resolve(texts.map((text) => fakeVector('a', text).subarray(1)));

    expect(await find('marsupial')).toBeNull();

    expect(warnings).toEqual([expect.stringContaining('longer or shorter')]);
  });

  it('fails where our own store does', async () => {
    reading = Promise.reject(new Error('no database'));

    await expect(find('marsupial')).rejects.toThrow('no database');
  });
});
