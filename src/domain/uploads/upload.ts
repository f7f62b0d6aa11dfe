/** What a file is uploaded for: a document to take in, or an archive that was exported. */
export type UploadPurpose = 'DOCUMENT' | 'ARCHIVE';

/** A file that its owner may upload, or has uploaded, straight to the object store. One job uses it, once. */
export type Upload = {
  readonly id: string;
  readonly ownerId: string;
  readonly purpose: UploadPurpose;
  /** What its owner calls it: a label, never a path. */
  readonly fileName: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** Of the object. */
  readonly key: string;
  /** The job that has taken it; null before. */
  readonly jobId: string | null;
  readonly createdAt: Date;
};
