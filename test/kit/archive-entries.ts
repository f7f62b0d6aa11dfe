import type { Person } from './house.js';

const ENTRY = 'id category title summary content tags sourceUrl version createdAt updatedAt';
export type Entry = { id: string; category: string; title: string; summary: string; content: string; version: number };
export type Hit = { entry: Entry; score: number; snippet: string; matchedBy: string[] };

export const CREATE_ENTRY = `mutation ($input: CreateArchiveEntryInput!) { createArchiveEntry(input: $input) { ${ENTRY} } }`;
export const UPDATE_ENTRY = `mutation ($input: UpdateArchiveEntryInput!) { updateArchiveEntry(input: $input) { ${ENTRY} } }`;
export const DELETE_ENTRIES = 'mutation ($ids: [ID!]!) { deleteArchiveEntries(ids: $ids) }';
export const CLEAR_CATEGORY = 'mutation ($category: String!) { clearArchiveCategory(category: $category) }';
export const SUMMARIZE =
  'mutation ($input: SummarizeContentInput!) { summarizeContent(input: $input) { canSummarize summary reason } }';
export const SEARCH = `query ($query: String!, $category: String, $first: Int, $minScore: Float) {
  searchArchive(query: $query, category: $category, first: $first, minScore: $minScore) {
    entry { ${ENTRY} } score snippet matchedBy
  }
}`;

/** What an entry needs, and more. */
export const fieldsOf = (fields: object = {}) => ({ category: 'code', title: 'a title', content: 'x = 1', ...fields });

export const saveEntry = async (person: Person, fields: object = {}): Promise<Entry> =>
  (await person.get<{ createArchiveEntry: Entry }>(CREATE_ENTRY, { input: fieldsOf(fields) })).createArchiveEntry;

export const searchEntries = async (person: Person, query: string, more: object = {}): Promise<Hit[]> =>
  (await person.get<{ searchArchive: Hit[] }>(SEARCH, { query, ...more })).searchArchive;

export const titlesOf = (hits: readonly Hit[]) => hits.map(({ entry }) => entry.title);
