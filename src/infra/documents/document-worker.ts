import { parentPort, workerData } from 'node:worker_threads';
import type { DocumentBatch, DocumentFault } from '../../domain/documents/document-reader.js';
import { byteFile, type ByteFile } from './byte-file.js';
import { FaultyDocument } from './fault.js';

/** What the thread reads. The file stays open until the thread has ended. */
export type DocumentTask = { readonly fd: number; readonly bytes: number; readonly mediaType: string };

/** One for each message that asks for the next. */
export type DocumentAnswer =
  | ({ readonly type: 'batch' } & DocumentBatch)
  | { readonly type: 'end' }
  | { readonly type: 'fault'; readonly fault: DocumentFault; readonly message: string };

const port = parentPort;
if (port === null) throw new Error('document-worker runs in a worker thread; use WorkerDocumentReader');

const { fd, bytes, mediaType } = workerData as DocumentTask;
const batches = read(byteFile(fd, bytes));

port.on(
  'message',
  () => void batches.next().then(({ done, value }) => tell(done ? { type: 'end' } : { type: 'batch', ...value }), fail),
);

function tell(answer: DocumentAnswer): void {
  port?.postMessage(answer);
}

/** Anything but a fault of the document is a bug, and ends the thread. */
function fail(error: unknown): void {
  if (!(error instanceof FaultyDocument)) throw error;
  tell({ type: 'fault', fault: error.fault, message: error.message });
}

/** Each parser is loaded only for its own kind of document. */
async function* read(file: ByteFile): AsyncGenerator<DocumentBatch> {
  switch (mediaType.split(';')[0]?.toLowerCase()) {
    case 'application/pdf':
      yield* (await import('./read-pdf.js')).readPdf(file);
      break;
    case 'text/html':
    case 'application/xhtml+xml':
      yield* (await import('./read-html.js')).readHtml(file, mediaType);
      break;
    default:
      yield* (await import('./read-text.js')).readText(file, mediaType);
  }
}
