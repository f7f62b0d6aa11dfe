import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/base/ids.js';
import {
  askUpload,
  endOf,
  entriesOf,
  EXPORT_ARCHIVE,
  IMPORT_ARCHIVE,
  IMPORT_DOCUMENT,
  JOB,
  jobProgress,
  openUpload,
  put,
  startImport,
  uploadFile,
  type SeenJob,
} from '../kit/files.js';
import { openHouse, type Answer, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let owner: Person;
let ada: Person;
let bob: Person;
let guest: Person;
beforeAll(async () => {
  house = await openHouse({ env: { UPLOAD_MAX_MB: '2', UPLOADS_MB_PER_USER: '3', JOBS_PER_USER: '2' } });
  owner = await house.join('owner');
  [ada, bob, guest] = [await house.join(), await house.join(), await house.join()];
  const setRole = 'mutation ($input: SetUserRoleInput!) { setUserRole(input: $input) { id } }';
  await owner.get(setRole, { input: { userId: guest.id, role: 'GUEST' } });
});
afterAll(() => house.close());

const codesOf = ({ errors = [] }: Answer) =>
  errors.map(({ extensions: { code, field } }) => (field === undefined ? [code] : [code, field]));

const NOTE = { fileName: 'note.txt', mediaType: 'text/plain', bytes: 5, purpose: 'DOCUMENT' };
const CANCEL = `mutation ($id: ID!) { cancelJob(id: $id) { ${JOB} } }`;

/** Enough on a machine that is busy with other tests. */
const SOON_MS = 3_000;

/** Takes some seconds to be taken in. */
const long = () =>
  Array.from(
    { length: 4_000 },
    (_, index) => `문단 ${index}: 리스트를 정렬하는 방법과 대기열을 비우는 순서를 적어 둔다.`,
  )
    .join('\n\n')
    .repeat(2);

async function* endlessBlankLines(): AsyncGenerator<Buffer> {
  for (;;) {
    await setImmediate();
    yield Buffer.alloc(1_000, '\n');
  }
}

const upload = (person: Person, content: string, name = 'note.txt') =>
  uploadFile(person, { fileName: name, mediaType: 'text/plain', content });

type JobPage = {
  readonly nodes: { readonly id: string }[];
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
};

describe('an upload', () => {
  it('goes to the address that was asked for, once, as it was announced', async () => {
    const opened = await openUpload(ada, NOTE);

    const tries = [
      await put(ada, opened, 'too long'),
      await put(ada, opened, 'hello'),
      await put(ada, opened, 'HELLO'),
    ];

    expect(tries.map(({ ok }) => ok)).toEqual([false, true, false]);
  });

  it.each([
    ['a type that nobody reads', { mediaType: 'image/png' }, ['INVALID_INPUT', 'mediaType']],
    ['a type of another purpose', { purpose: 'ARCHIVE' }, ['INVALID_INPUT', 'mediaType']],
    ['a type that is none', { mediaType: 'text/plain\r\nx: y' }, ['INVALID_INPUT', 'mediaType']],
    ['no name', { fileName: 'folder/' }, ['INVALID_INPUT', 'fileName']],
    ['a name that is too long', { fileName: 'a'.repeat(256) }, ['INVALID_INPUT', 'fileName']],
    ['a name of two lines', { fileName: 'a\nb' }, ['INVALID_INPUT', 'fileName']],
    ['a name that is no text', { fileName: 'a\ud800' }, ['INVALID_INPUT', 'fileName']],
    ['no bytes', { bytes: 0 }, ['INVALID_INPUT', 'bytes']],
    ['more bytes than a file may have', { bytes: 2 * 1024 * 1024 + 1 }, ['LIMIT_EXCEEDED', 'bytes']],
  ])('is refused for %s', async (_name, more, failure) => {
    expect(codesOf(await askUpload(ada, { ...NOTE, ...more }))).toEqual([failure]);
  });

  it('is refused past what one user may have waiting, however many ask at once', async () => {
    const carol = await house.join();

    const answers = await Promise.all(
      Array.from({ length: 6 }, () => askUpload(carol, { ...NOTE, bytes: 1024 * 1024 })),
    );

    expect(answers.filter(({ data }) => data).length).toBeLessThanOrEqual(3);
    expect(codesOf(await askUpload(carol, { ...NOTE, bytes: 3 * 1024 * 1024 }))).toEqual([['LIMIT_EXCEEDED', 'bytes']]);
  });

  it('gives back its room once its job has ended', async () => {
    const carol = await house.join();
    const uploadId = await upload(carol, `hello${'\n'.repeat(2 * 1024 * 1024 - 5)}`);
    const more = { ...NOTE, bytes: 2 * 1024 * 1024 };
    expect(codesOf(await askUpload(carol, more))).toEqual([['LIMIT_EXCEEDED', 'bytes']]);

    const { id } = await startImport(carol, { uploadId, category: 'doc' });

    expect(await endOf(carol, id)).toMatchObject({ status: 'SUCCEEDED', entries: 1 });
    await expect.poll(async () => codesOf(await askUpload(carol, more))).toEqual([]);
  });

  it('cannot be made again once its job has ended', async () => {
    const carol = await house.join();
    const opened = await openUpload(carol, NOTE);
    await put(carol, opened, 'hello');
    const { id } = await startImport(carol, { uploadId: opened.id, category: 'doc' });
    await endOf(carol, id);
    await expect.poll(async () => (await house.needs.uploads.find(opened.id))?.bytes).toBe(0);

    expect((await put(carol, opened, 'hello')).ok).toBe(false);
  });
});

describe('a job', () => {
  it('is shown as it gets on, until it has ended', async () => {
    const { id, status } = await startImport(ada, { uploadId: await upload(ada, long()), category: 'long' });
    const states: SeenJob[] = [];

    for await (const state of jobProgress(ada, id)) states.push(state);

    expect(status).toBe('QUEUED');
    expect(states.length).toBeGreaterThan(3);
    expect(states.at(-1)).toMatchObject({ status: 'SUCCEEDED', entries: (await entriesOf(ada, 'long')).length });
    expect(states.map(({ entries }) => entries)).toEqual(
      states.map(({ entries }) => entries).toSorted((a, b) => a - b),
    );
    expect(states.slice(0, -1).every((state) => state.status !== 'SUCCEEDED')).toBe(true);
    const { jobs, job, node } = await ada.get<{ jobs: { nodes: SeenJob[] }; job: SeenJob; node: SeenJob }>(
      `query ($id: ID!) { jobs(first: 1) { nodes { ${JOB} } } job(id: $id) { ${JOB} } node(id: $id) { ... on Job { ${JOB} } } }`,
      { id },
    );
    expect([jobs.nodes[0], job, node]).toEqual([states.at(-1), states.at(-1), states.at(-1)]);
  }, 60_000);

  it('is shown over SSE too', async () => {
    const { id } = await startImport(ada, { uploadId: await upload(ada, 'short'), category: 'sse' });

    const response = await fetch(`${house.url}/graphql/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${ada.token}`,
      },
      body: JSON.stringify({ query: 'subscription ($id: ID!) { jobProgress(id: $id) { status } }', variables: { id } }),
    });
    const text = await response.text();

    expect(text).toContain('data: {"data":{"jobProgress":{"status":"SUCCEEDED"}}}');
    expect(text.trimEnd()).toMatch(/event: complete\ndata:$/);
  });

  it('stops soon when it is cancelled, and keeps what it has added', async () => {
    const { id } = await startImport(ada, { uploadId: await upload(ada, long()), category: 'stopped' });
    let askedAt = 0;
    let last: SeenJob | undefined;

    for await (const state of jobProgress(ada, id)) {
      last = state;
      if (state.entries === 0 || askedAt > 0) continue;
      askedAt = performance.now();
      await ada.get(CANCEL, { id });
    }

    expect(performance.now() - askedAt).toBeLessThan(SOON_MS);
    expect(last).toMatchObject({ status: 'CANCELLED', error: null });
    const kept = await entriesOf(ada, 'stopped');
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).toHaveLength(last!.entries);
    expect(await ada.get(CANCEL, { id })).toMatchObject({ cancelJob: { status: 'CANCELLED' } });
  }, 60_000);

  it('stops soon when it is cancelled, also where there is nothing to add in what it reads', async () => {
    const blank = { fileName: 'x', mediaType: 'text/markdown', content: '\n', purpose: 'ARCHIVE' } as const;
    const input = { uploadId: await uploadFile(ada, blank), format: 'MARKDOWN' };
    vi.spyOn(house.needs.blobs, 'read').mockImplementationOnce(() =>
      Promise.resolve(Readable.from(endlessBlankLines())),
    );
    const { id } = (await ada.get<{ importArchive: SeenJob }>(IMPORT_ARCHIVE, { input })).importArchive;
    await vi.waitFor(async () => expect((await house.needs.jobs.find(id))?.status).toBe('RUNNING'));
    const askedAt = performance.now();

    await ada.get(CANCEL, { id });

    expect(await endOf(ada, id)).toMatchObject({ status: 'CANCELLED', entries: 0, error: null });
    expect(performance.now() - askedAt).toBeLessThan(SOON_MS);
  });

  it('that waits is cancelled at once, and its upload makes room', async () => {
    const carol = await house.join();
    const running = await startImport(carol, { uploadId: await upload(carol, long()), category: 'doc' });
    const uploadId = await upload(carol, 'short');
    const waiting = await startImport(carol, { uploadId, category: 'doc' });

    expect(await carol.get(CANCEL, { id: waiting.id })).toMatchObject({ cancelJob: { status: 'CANCELLED' } });
    expect((await house.needs.uploads.find(uploadId))?.bytes).toBe(0);
    await carol.get(CANCEL, { id: running.id });
    expect(await endOf(carol, running.id)).toMatchObject({ status: 'CANCELLED' });
  }, 60_000);

  it('is one, however often the same upload is imported, and another import of it is a conflict', async () => {
    const uploadId = await upload(bob, 'hello');
    const input = { uploadId, category: 'doc', tags: ['a'] };

    const started = await Promise.all([startImport(bob, input), startImport(bob, input), startImport(bob, input)]);
    await endOf(bob, started[0].id);
    const again = await startImport(bob, input);

    expect(new Set([...started, again].map(({ id }) => id)).size).toBe(1);
    expect(await entriesOf(bob)).toHaveLength(1);
    expect(codesOf(await bob.ask(IMPORT_DOCUMENT, { input: { ...input, category: 'code' } }))).toEqual([
      ['CONFLICT', 'uploadId'],
    ]);
  });

  it('is listed with the others, newest first, page by page', async () => {
    const carol = await house.join();
    const ids: string[] = [];
    for (let made = 0; made < 3; made++) {
      const { exportArchive } = await carol.get<{ exportArchive: SeenJob }>(EXPORT_ARCHIVE, {
        input: { format: 'JSONL' },
      });
      await endOf(carol, exportArchive.id);
      ids.unshift(exportArchive.id);
    }
    const page = async (after: string | null) => {
      const asked =
        'query ($after: String) { jobs(first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }';
      const { jobs } = await carol.get<{ jobs: JobPage }>(asked, { after });
      return { ids: jobs.nodes.map(({ id }) => id), ...jobs.pageInfo };
    };

    const first = await page(null);

    expect(first).toMatchObject({ ids: ids.slice(0, 2), hasNextPage: true });
    expect(await page(first.endCursor)).toMatchObject({ ids: ids.slice(2), hasNextPage: false });
  });

  it('is refused past the limit of one user, however many ask at once', async () => {
    const carol = await house.join();
    const running = await startImport(carol, { uploadId: await upload(carol, long()), category: 'doc' });

    const answers = await Promise.all(
      Array.from({ length: 4 }, () => carol.ask(EXPORT_ARCHIVE, { input: { format: 'JSONL' } })),
    );

    expect(answers.flatMap(codesOf)).toEqual([['LIMIT_EXCEEDED'], ['LIMIT_EXCEEDED'], ['LIMIT_EXCEEDED']]);
    await carol.get(CANCEL, { id: running.id });
    await endOf(carol, running.id);
  }, 60_000);

  it('fails where the archive is full, and says so', async () => {
    const full = await openHouse({ env: { ARCHIVE_ENTRIES_PER_USER: '25' } });
    try {
      const dave = await full.join();
      const { id } = await startImport(dave, { uploadId: await upload(dave, long()), category: 'doc' });

      expect(await endOf(dave, id)).toMatchObject({ status: 'FAILED', entries: 24, error: { code: 'LIMIT_EXCEEDED' } });
      expect(await entriesOf(dave)).toHaveLength(24);
    } finally {
      await full.close();
    }
  }, 60_000);
});

describe('nobody', () => {
  it('sees, follows, cancels or uses what is not theirs', async () => {
    const uploadId = await upload(ada, 'mine');
    const { id } = await startImport(ada, { uploadId, category: 'mine' });
    const missing = newId('job');
    const open = (person: Person, job: string) => person.ask('query ($id: ID!) { job(id: $id) { id } }', { id: job });
    const follow = (job: string) =>
      jobProgress(bob, job)
        .next()
        .catch((error: unknown) => error);

    expect(await open(bob, id)).toEqual(await open(bob, missing));
    expect(codesOf(await open(bob, id))).toEqual([['NOT_FOUND']]);
    expect(codesOf(await bob.ask(CANCEL, { id }))).toEqual([['NOT_FOUND']]);
    expect(await follow(id)).toEqual(await follow(missing));
    expect(await follow(id)).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    expect(codesOf(await bob.ask(IMPORT_DOCUMENT, { input: { uploadId, category: 'doc' } }))).toEqual([['NOT_FOUND']]);
    const { jobs } = await owner.get<{ jobs: { nodes: unknown[] } }>('{ jobs { nodes { id } } }');
    expect(jobs.nodes).toEqual([]);
    expect(await bob.get('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: null });
    expect(await endOf(ada, id)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('imports what was not uploaded, or was for something else', async () => {
    const { id: uploadId } = await openUpload(ada, NOTE);
    const archive = await uploadFile(ada, {
      fileName: 'a.jsonl',
      mediaType: 'application/jsonl',
      content: '{}',
      purpose: 'ARCHIVE',
    });

    for (const input of [uploadId, archive].map((upload) => ({ uploadId: upload, category: 'doc' })))
      expect(codesOf(await ada.ask(IMPORT_DOCUMENT, { input }))).toEqual([['INVALID_INPUT', 'uploadId']]);
  });

  it('who is a guest uploads, imports or exports', async () => {
    const input = { uploadId: newId('upl'), category: 'doc' };

    const answers = [
      await askUpload(guest, NOTE),
      await guest.ask(IMPORT_DOCUMENT, { input }),
      await guest.ask(EXPORT_ARCHIVE, { input: { format: 'JSONL' } }),
    ];

    expect(answers.flatMap(codesOf)).toEqual([['FORBIDDEN'], ['FORBIDDEN'], ['FORBIDDEN']]);
  });

  it('without a token does any of it', async () => {
    expect(codesOf(await house.ask('{ jobs { nodes { id } } }'))).toEqual([['UNAUTHENTICATED']]);
  });
});
