/** Something that a user keeps, to find it again. */
export type ArchiveEntry = {
  readonly id: string;
  readonly ownerId: string;
  /** A slug, such as `code`, `url`, `doc`, or the owner's own. */
  readonly category: string;
  /** One line. */
  readonly title: string;
  /** What people and searches know it by; see `MAX_SUMMARY_CHARS`. Empty where nobody wrote one. */
  readonly summary: string;
  /** As it was given, byte for byte. */
  readonly content: string;
  /** Different from one another, in the owner's order. */
  readonly tags: readonly string[];
  /** Where it came from; null if that was not said. */
  readonly sourceUrl: string | null;
  /** 1 at first, and one more with each change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** How many entries of a user are in a category. */
export type ArchiveCategory = { readonly category: string; readonly entries: number };

/** Which entries to list; null is any. */
export type ArchiveFilter = { readonly category: string | null; readonly tag: string | null };

/** What the owner may fill, or has filled. Bytes are those of contents in UTF-8. */
export type ArchiveSize = { readonly entries: number; readonly bytes: number };
