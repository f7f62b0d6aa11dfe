import type { Upload } from './upload.js';

/** Every implementation passes `test/contract/upload-store.ts`. */
export interface UploadStore {
  /** False if the uploads that are kept for the owner, but for those that are empty, would come to more than that with it. */
  insert(upload: Upload, most: { readonly files: number; readonly bytes: number }): Promise<boolean>;
  find(id: string): Promise<Upload | null>;
  /** Gives the upload to a job, unless another one has it. Returns the job that has it now; null if there is no such upload. */
  take(id: string, jobId: string): Promise<string | null>;
  /** Counts as 0 bytes from now on: so does its object. */
  empty(id: string): Promise<void>;
  /** Oldest first, without those of `except`. */
  listCreatedBefore(before: Date, limit: number, except: readonly string[]): Promise<Upload[]>;
  delete(id: string): Promise<void>;
}
