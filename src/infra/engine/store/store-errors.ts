export type StoreProblem = 'FOLDER_IN_USE' | 'DAMAGED' | 'NEWER_FORMAT';

/** Why a folder could not be opened. Nothing in it was changed. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly problem: StoreProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Another engine, in this process or in another one, has the folder open. */
export const folderInUse = (dir: string): StoreError =>
  new StoreError(
    'FOLDER_IN_USE',
    `The folder ${dir} is in use by another engine. Stop that one first, or choose another folder.`,
  );

export const damaged = (path: string, reason: string, options?: ErrorOptions): StoreError =>
  new StoreError(
    'DAMAGED',
    `The data file ${path} is damaged: ${reason}. Keep a copy of it, then restore the folder from a backup; an empty folder starts anew.`,
    options,
  );

/** The data was written by a newer version, which may keep it in another way. */
export const newerFormat = (found: number, known: number): StoreError =>
  new StoreError(
    'NEWER_FORMAT',
    `The data has format ${found}, and this version knows formats up to ${known}. Start the newer version again.`,
  );
