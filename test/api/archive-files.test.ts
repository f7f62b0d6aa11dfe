import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createTomato } from '../../src/sdk/client.js';
import {
  endOf,
  entriesOf,
  EXPORT_ARCHIVE,
  IMPORT_ARCHIVE,
  uploadFile,
  type SeenEntry,
  type SeenJob,
} from '../kit/files.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';

let house: RunningHouse;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  await house.join('owner');
  [ada, bob] = [await house.join(), await house.join()];
  await ada.get(CREATE, {
    input: { ...PLAIN, title: '정렬', content: ODD, tags: ['x', '태그'], summary: '리스트 정렬' },
  });
  await ada.get(CREATE, { input: { ...PLAIN, category: 'url', sourceUrl: 'https://example.com/a' } });
  for (let entry = 0; entry < 30; entry++) await ada.get(CREATE, { input: { ...PLAIN, title: `entry ${entry}` } });
});
afterAll(() => house.close());

const CREATE = 'mutation ($input: CreateArchiveEntryInput!) { createArchiveEntry(input: $input) { id } }';
const PLAIN = { category: 'code', title: 'a title', content: 'x = 1' };
const ODD = '\ufeff \r\n---\n````\n한글 \u1112\u1161\u11ab\u0000\u2028👩‍👩‍👧\n```\n\n';

const MEDIA_TYPES = { JSONL: 'application/x-ndjson', MARKDOWN: 'text/markdown' } as const;

async function exportOf(person: Person, input: Record<string, unknown>): Promise<{ job: SeenJob; file: Buffer }> {
  const { exportArchive } = await person.get<{ exportArchive: SeenJob }>(EXPORT_ARCHIVE, { input });
  const job = await endOf(person, exportArchive.id);
  const response = await fetch(new URL(job.download!.url, house.url));
  expect(response.headers.get('content-disposition')).toContain(`filename="${job.download!.fileName}"`);
  return { job, file: Buffer.from(await response.arrayBuffer()) };
}

async function importOf(person: Person, format: keyof typeof MEDIA_TYPES, content: Buffer | string): Promise<SeenJob> {
  const file = { fileName: 'archive', mediaType: MEDIA_TYPES[format], content, purpose: 'ARCHIVE' as const };
  const uploadId = await uploadFile(person, file);
  const { importArchive } = await person.get<{ importArchive: SeenJob }>(IMPORT_ARCHIVE, {
    input: { uploadId, format },
  });
  return endOf(person, importArchive.id);
}

const withoutIds = (entries: readonly SeenEntry[]) => entries.map(({ id: _id, ...entry }) => entry);

describe.each(['JSONL', 'MARKDOWN'] as const)('an archive that is written as %s', (format) => {
  it('and read again is the same, in the same order', async () => {
    const { job, file } = await exportOf(ada, { format });
    expect(job).toMatchObject({ kind: 'EXPORT_ARCHIVE', status: 'SUCCEEDED', done: 32, total: 32, entries: 32 });
    expect(job.download).toMatchObject({
      bytes: file.length,
      fileName: expect.stringMatching(/^archive-[\d-]{10}\.\w+$/),
    });
    const carol = await house.join();

    expect(await importOf(carol, format, file)).toMatchObject({
      status: 'SUCCEEDED',
      done: file.length,
      total: file.length,
      entries: 32,
      problems: [],
    });

    expect(withoutIds(await entriesOf(carol))).toEqual(withoutIds(await entriesOf(ada)));
  });

  it('holds one category only, where that is asked for', async () => {
    const { file } = await exportOf(ada, { format, category: 'url' });

    await importOf(bob, format, file);

    expect(withoutIds(await entriesOf(bob))).toEqual(
      withoutIds(await entriesOf(ada)).filter(({ category }) => category === 'url'),
    );
    await bob.get('mutation { clearArchiveCategory(category: "url") }');
  });

  it('is an empty file where there is nothing', async () => {
    const { job, file } = await exportOf(bob, { format });

    expect([job.status, file.length]).toEqual(['SUCCEEDED', 0]);
  });
});

describe('a file with faults', () => {
  it('gives what is good of it, and says by lines what is not', async () => {
    const carol = await house.join();
    const lines = [
      JSON.stringify(PLAIN),
      'not JSON',
      JSON.stringify({ ...PLAIN, category: 'No Slug' }),
      JSON.stringify({ ...PLAIN, title: 'second' }),
    ];

    const job = await importOf(carol, 'JSONL', lines.join('\n'));

    expect(job).toMatchObject({ status: 'SUCCEEDED', entries: 2, error: null });
    expect(job.problems).toEqual([
      { line: 2, message: 'The line is not JSON.' },
      { line: 3, message: expect.stringMatching(/^category: /) },
    ]);
    expect((await entriesOf(carol)).map(({ title }) => title)).toEqual(['a title', 'second']);
  });

  it('fails at more than a hundred, and keeps what came before', async () => {
    const carol = await house.join();

    const job = await importOf(carol, 'JSONL', `${JSON.stringify(PLAIN)}\n${'nonsense\n'.repeat(200)}`);

    expect(job).toMatchObject({ status: 'FAILED', entries: 1, error: { code: 'INVALID_INPUT', reason: 'BROKEN' } });
    expect(job.problems).toHaveLength(100);
    expect(await entriesOf(carol)).toHaveLength(1);
  });

  it.each([
    ['EMPTY', '\n\n'],
    ['BROKEN', 'nonsense'],
  ])('fails as %s where nothing of it is good', async (reason, content) => {
    expect(await importOf(bob, 'JSONL', content)).toMatchObject({
      status: 'FAILED',
      error: { code: 'INVALID_INPUT', reason },
    });
  });
});

it('keeps the last five exports of a user', async () => {
  const jobs: SeenJob[] = [];
  for (let count = 0; count < 6; count++) jobs.push((await exportOf(bob, { format: 'JSONL' })).job);

  const statuses = await Promise.all(
    jobs.map(async ({ download }) => (await fetch(new URL(download!.url, house.url))).status),
  );

  expect(statuses).toEqual([404, 200, 200, 200, 200, 200]);
  const seen = await bob.get<{ jobs: { nodes: SeenJob[] } }>('{ jobs(first: 6) { nodes { download { url } } } }');
  expect(seen.jobs.nodes.map(({ download }) => download !== null)).toEqual([true, true, true, true, true, false]);
});

it('is written and followed through the SDK', async () => {
  const tomato = createTomato({ url: house.url, token: ada.token, webSocket: WebSocket });
  try {
    const { exportArchive } = await tomato.exportArchive({ input: { format: 'JSONL', category: 'url' } });
    let last: string | undefined;
    for await (const { jobProgress: job } of tomato.jobProgress({ id: exportArchive.id })) last = job.status;

    const { job } = await tomato.job({ id: exportArchive.id });
    expect([last, job.status, job.entries, job.download?.mediaType]).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
      1,
      'application/x-ndjson',
    ]);
  } finally {
    await tomato.close();
  }
});
