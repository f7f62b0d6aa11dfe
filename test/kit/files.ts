import { expect } from 'vitest';
import type { Person } from './house.js';

/** A job as {@link JOB} asks for it. */
export type SeenJob = {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly done: number;
  readonly total: number | null;
  readonly entries: number;
  readonly problems: readonly { readonly line: number; readonly message: string }[];
  readonly error: { readonly code: string; readonly reason: string | null; readonly message: string } | null;
  readonly download: { readonly url: string; readonly fileName: string; readonly bytes: number } | null;
};

export const JOB = /* GraphQL */ `
  id
  kind
  status
  done
  total
  entries
  problems {
    line
    message
  }
  error {
    code
    reason
    message
  }
  download {
    url
    fileName
    bytes
  }
`;

type File = {
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: Buffer | string;
  readonly purpose?: 'DOCUMENT' | 'ARCHIVE';
};

const CREATE_UPLOAD = /* GraphQL */ `
  mutation ($input: CreateUploadInput!) {
    createUpload(input: $input) {
      id
      url
      headers {
        name
        value
      }
      expiresAt
    }
  }
`;

export type SeenUpload = {
  readonly id: string;
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
};

export async function openUpload(person: Person, input: Record<string, unknown>): Promise<SeenUpload> {
  return (await person.get<{ createUpload: SeenUpload }>(CREATE_UPLOAD, { input })).createUpload;
}

export function askUpload(person: Person, input: Record<string, unknown>): ReturnType<Person['ask']> {
  return person.ask(CREATE_UPLOAD, { input });
}

/** PUTs the content as a client would. */
export function put(person: Person, { url, headers }: SeenUpload, content: Buffer | string): Promise<Response> {
  return fetch(new URL(url, person.house.url), {
    method: 'PUT',
    headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
    body: new Uint8Array(Buffer.from(content)),
  });
}

/** Uploads a file; returns its id. */
export async function uploadFile(person: Person, { content, purpose = 'DOCUMENT', ...file }: File): Promise<string> {
  const upload = await openUpload(person, { ...file, bytes: Buffer.byteLength(content), purpose });
  const { ok } = await put(person, upload, content);
  expect(ok).toBe(true);
  return upload.id;
}

/** Every state of a job that `jobProgress` shows, over WebSocket, until it ends. */
export async function* jobProgress(person: Person, id: string): AsyncGenerator<SeenJob> {
  const socket = person.connect();
  try {
    const query = `subscription ($id: ID!) { jobProgress(id: $id) { ${JOB} } }`;
    for await (const { data, errors } of socket.iterate<{ jobProgress: SeenJob }>({ query, variables: { id } })) {
      if (errors) throw errors;
      if (data) yield data.jobProgress;
    }
  } finally {
    await socket.dispose();
  }
}

/** The job once it has ended. */
export async function endOf(person: Person, id: string): Promise<SeenJob> {
  let last: SeenJob | undefined;
  for await (const job of jobProgress(person, id)) last = job;
  expect(last).toBeDefined();
  return last!;
}

export const IMPORT_DOCUMENT = `mutation ($input: ImportDocumentInput!) { importDocument(input: $input) { ${JOB} } }`;
export const IMPORT_ARCHIVE = `mutation ($input: ImportArchiveInput!) { importArchive(input: $input) { ${JOB} } }`;
export const EXPORT_ARCHIVE = `mutation ($input: ExportArchiveInput!) { exportArchive(input: $input) { ${JOB} } }`;

export async function startImport(person: Person, input: Record<string, unknown>): Promise<SeenJob> {
  return (await person.get<{ importDocument: SeenJob }>(IMPORT_DOCUMENT, { input })).importDocument;
}

/** Uploads a document and imports it; returns the job once it has ended. */
export async function importFile(person: Person, file: File, more: Record<string, unknown> = {}): Promise<SeenJob> {
  const uploadId = await uploadFile(person, file);
  const { id } = await startImport(person, { uploadId, category: 'doc', ...more });
  return endOf(person, id);
}

export type SeenEntry = {
  readonly id: string;
  readonly category: string;
  readonly title: string;
  readonly summary: string;
  readonly content: string;
  readonly tags: readonly string[];
  readonly sourceUrl: string | null;
};

/** All entries of a person's archive, newest first. */
export async function entriesOf(person: Person, category: string | null = null): Promise<SeenEntry[]> {
  const entries: SeenEntry[] = [];
  let after: string | null = null;
  for (;;) {
    type Page = {
      archiveEntries: { nodes: SeenEntry[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
    };
    const query = `query ($filter: ArchiveFilter, $after: String) {
      archiveEntries(filter: $filter, first: 100, after: $after) {
        nodes { id category title summary content tags sourceUrl } pageInfo { hasNextPage endCursor }
      }
    }`;
    const { archiveEntries: page }: Page = await person.get<Page>(query, { filter: { category }, after });
    entries.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return entries;
    after = page.pageInfo.endCursor;
  }
}
