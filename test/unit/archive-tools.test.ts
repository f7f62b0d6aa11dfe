import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { Role } from '../../src/domain/users/user.js';
import type { UserStore } from '../../src/domain/users/user-store.js';
import { WHOLE_ARCHIVE, type ArchiveView } from '../../src/domain/archive/archive-view.js';
import { archiveSave } from '../../src/domain/tools/archive-save.js';
import { archiveSearch } from '../../src/domain/tools/archive-search.js';
import { ToolInputError, type Tool } from '../../src/domain/tools/tool.js';
import { refusal } from '../kit/accounts.js';
import { openArchives, type ArchiveProcess, type Archives } from '../kit/archives.js';

let archives: Archives;
let here: ArchiveProcess;
let role: Role = 'DEVELOPER';
beforeAll(async () => {
  archives = await openArchives();
  const users = { find: async (id: string) => ({ id, role }) } as Partial<UserStore> as UserStore;
  here = archives.start({ override: () => ({ users }) });
});
afterAll(() => archives.close());

const ada = newId('usr');

const call = (tool: Tool, args: object, userId = ada) =>
  tool.call(args, {
    userId,
    conversationId: 'conv_1',
    runId: 'run_1',
    callId: 'c1',
    signal: new AbortController().signal,
  });

const searchTool = (name: string, view: Partial<ArchiveView>) =>
  archiveSearch(
    { needs: here.needs, archiveIndexes: here.indexes, archiveVectors: null },
    { name, alias: name, view: { ...WHOLE_ARCHIVE, ...view } },
  );

/** What an answer is about. */
const titlesIn = (answer: string) => [...answer.matchAll(/^Title: (.+)$/gm)].map(([, title]) => title).toSorted();

describe('one archive under several tools', () => {
  beforeAll(async () => {
    await here.save(
      ada,
      { title: '정렬 함수', category: 'code', tags: ['team'], content: 'sorted(items)' },
      { title: '정렬 회의록', category: 'doc', content: '정렬은 나중에 한다.' },
      { title: '정렬 글', category: 'url' },
    );
  });

  it('gives each tool its own part of it, whatever the model asks for', async () => {
    const [code, rest] = [
      searchTool('code_search', { categories: ['code'] }),
      searchTool('notes', { categories: ['doc', 'url'] }),
    ];
    const asked = { query: '정렬' };

    expect([code.name, rest.name]).toEqual(['code_search', 'notes']);
    expect(titlesIn(await call(code, asked))).toEqual(['정렬 함수']);
    expect(titlesIn(await call(rest, asked))).toEqual(['정렬 글', '정렬 회의록']);
    expect(titlesIn(await call(rest, { ...asked, category: 'doc' }))).toEqual(['정렬 회의록']);
    expect(await call(code, { ...asked, category: 'doc' })).toBe('No entry of the archive fits.');
    expect(titlesIn(await call(searchTool('few', { topK: 1 }), { ...asked, topK: 20 }))).toHaveLength(1);
    expect(titlesIn(await call(searchTool('team', { tags: ['team'] }), asked))).toEqual(['정렬 함수']);
  });

  it('tells the model what it needs to answer from an entry, and to cite it', async () => {
    const tool = searchTool('archive_search', {});
    const [hit] = await here.search(ada, '정렬 함수');

    const answer = await call(tool, { query: '정렬 함수', topK: 1 });

    expect(answer).toBe(
      [
        `Entry: ${hit?.entry.id}`,
        'Title: 정렬 함수',
        'Category: code',
        `Score: ${hit?.score.toFixed(2)}`,
        'Tags: team',
        `Match: ${hit?.snippet}`,
        '',
        'sorted(items)',
      ].join('\n'),
    );
    expect(tool.outputCondition).toContain('cite');
  });

  it('finds nothing of anybody else', async () => {
    expect(await call(searchTool('archive_search', {}), { query: '정렬' }, newId('usr'))).toBe(
      'No entry of the archive fits.',
    );
  });

  it('cuts what is long, and says so', async () => {
    await here.save(ada, { title: '긴 글', content: `오솔길 ${'가'.repeat(5_000)}` });

    const answer = await call(searchTool('archive_search', {}), { query: '오솔길' });

    expect(answer).toMatch(/\n\(The content goes on\.\)$/);
    expect(answer.length).toBeLessThan(4_600);
  });

  it.each([{}, { query: '' }, { query: 'x', topK: 0 }, { query: 'x', minScore: 2 }])('takes no %j', async (args) => {
    await expect(call(searchTool('archive_search', {}), args)).rejects.toThrow(ToolInputError);
  });
});

describe('archive_save', () => {
  const entry = { category: 'doc', title: '장보기', summary: '장볼 목록', content: '우유\r\n달걀 ' };

  it('must be asked for, and is not made again by itself', () => {
    expect(archiveSave(here.needs)).toMatchObject({ approval: 'ASK', isRepeatable: false });
  });

  it('keeps what the model sends, byte for byte, and says under which id', async () => {
    const bob = newId('usr');

    const answer = await call(archiveSave(here.needs), { ...entry, tags: ['집'] }, bob);

    const [hit] = await here.search(bob, '장볼');
    expect(hit?.entry).toMatchObject({ ...entry, tags: ['집'], sourceUrl: null });
    expect(answer).toBe(`Kept as ${hit?.entry.id} in the category doc: 장보기`);
  });

  it('does for a guest what a guest may do: nothing', async () => {
    role = 'GUEST';

    await refusal('FORBIDDEN', call(archiveSave(here.needs), entry));

    role = 'DEVELOPER';
  });

  it('tells the model what is wrong with an entry', async () => {
    await refusal('INVALID_INPUT', call(archiveSave(here.needs), { ...entry, summary: '가'.repeat(31) }));
  });
});
