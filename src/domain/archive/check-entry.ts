import { InvalidInputError } from '../../base/errors.js';
import type { ArchiveEntry } from './archive-entry.js';
import { checkLine } from '../characters.js';

/** Characters as a person counts them. */
export const MAX_SUMMARY_CHARS = 30;
export const MAX_ENTRY_TITLE_CHARS = 200;
export const MAX_TAG_CHARS = 50;

export const MAX_TAGS = 20;

/** UTF-16 code units. */
export const MAX_CATEGORY_CHARS = 40;
export const MAX_SOURCE_URL_CHARS = 2_000;

/** Bytes of UTF-8. */
export const MAX_CONTENT_BYTES = 1024 * 1024;

/** What its owner says of an entry. */
export type EntryFields = Pick<ArchiveEntry, 'category' | 'title' | 'summary' | 'content' | 'tags' | 'sourceUrl'>;

/**
 * The entry as it is kept: everything is tidied but the content, which stays byte for byte.
 *
 * @throws {InvalidInputError} naming the field.
 */
export function checkEntry({ category, title, summary, content, tags, sourceUrl }: EntryFields): EntryFields {
  return {
    category: checkCategory(category),
    title: checkLine('title', title, { min: 1, max: MAX_ENTRY_TITLE_CHARS }),
    summary: checkLine('summary', summary, { min: 0, max: MAX_SUMMARY_CHARS }),
    content: checkContent(content),
    tags: checkTags(tags),
    sourceUrl: sourceUrl === null ? null : checkSource(sourceUrl),
  };
}

/** @throws {InvalidInputError} unless it is a slug: small letters of any script, digits, `-` and `_` inside. */
export function checkCategory(category: string): string {
  const slug = category.normalize('NFC');
  if (!/^[\p{Ll}\p{Lo}\p{Nd}][\p{Ll}\p{Lo}\p{M}\p{Nd}_-]*$/u.test(slug) || slug.length > MAX_CATEGORY_CHARS) {
    throw new InvalidInputError(
      'category',
      `A category is a slug such as code, url or doc, of at most ${MAX_CATEGORY_CHARS} characters.`,
    );
  }
  return slug;
}

/** Without those that are there twice. @throws {InvalidInputError} */
export function checkTags(tags: readonly string[]): string[] {
  const clean = tags.map((tag) => checkLine('tags', tag, { min: 1, max: MAX_TAG_CHARS }).normalize('NFC'));
  const different = [...new Set(clean)];
  if (different.length > MAX_TAGS) throw new InvalidInputError('tags', `An entry has at most ${MAX_TAGS} tags.`);
  return different;
}

function checkContent(content: string): string {
  if (!content.isWellFormed()) throw new InvalidInputError('content', 'The text is not well-formed Unicode.');
  if (Buffer.byteLength(content, 'utf8') > MAX_CONTENT_BYTES)
    throw new InvalidInputError('content', `A content has at most ${MAX_CONTENT_BYTES} bytes of UTF-8.`);
  return content;
}

function checkSource(sourceUrl: string): string {
  const url = sourceUrl.trim();
  const parsed = url.length <= MAX_SOURCE_URL_CHARS && URL.canParse(url) ? new URL(url) : null;
  if (
    parsed === null ||
    !url.isWellFormed() ||
    !['http:', 'https:'].includes(parsed.protocol) ||
    parsed.username ||
    parsed.password
  ) {
    throw new InvalidInputError('sourceUrl', 'A source is an http or https address without a user name or password.');
  }
  return url;
}
