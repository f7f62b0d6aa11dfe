import { mkdirSync } from 'node:fs';
import { DataFile } from './data-file.js';
import { lockFolder } from './folder-lock.js';
import { checkFormat } from './format.js';

export type FolderOptions = {
  /** Made if it is not there. */
  dir: string;
  /** Leaves it to the operating system when writes reach the disk: for tests and scratch data. @default false */
  noSync?: boolean;
  /** Looks at all pages of the data file even if it was closed properly. @default false */
  isSuspicious?: boolean;
};

/** A folder that one engine has for itself, with its data file open. */
export type Folder = { readonly file: DataFile; close(): Promise<void> };

/** @throws {StoreError} if another engine has the folder, its data file is not whole, or a newer version wrote it. */
export async function openFolder({ dir, noSync = false, isSuspicious = false }: FolderOptions): Promise<Folder> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(dir);
  let file: DataFile | undefined;
  const close = async (): Promise<void> => {
    try {
      await file?.close();
    } finally {
      await lock.release();
    }
  };
  try {
    file = DataFile.open(dir, { noSync, isSuspicious });
    checkFormat(file);
    return { file, close };
  } catch (error) {
    await close();
    throw error;
  }
}
