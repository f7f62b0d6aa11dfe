import type { ArchiveFileFormat } from '../jobs/job.js';
import type { ArchiveFile } from './archive-file.js';
import { jsonlFile } from './jsonl-file.js';
import { markdownFile } from './markdown-file.js';

export const ARCHIVE_FILES: { readonly [Format in ArchiveFileFormat]: ArchiveFile } = {
  JSONL: jsonlFile,
  MARKDOWN: markdownFile,
};
