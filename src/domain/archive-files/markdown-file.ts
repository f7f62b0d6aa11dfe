import { MAX_CONTENT_BYTES } from '../archive/check-entry.js';
import { readFields, type ArchiveFile, type Found, type WrittenFields } from './archive-file.js';
import type { Line } from './lines.js';

const RULE = '---';
const FENCE = /^`{3,}$/;

/** Lines of front matter, and UTF-16 code units in them: as much as any entry can have, with all of it escaped. */
const MAX_FRONT_LINES = 100;
const MAX_FRONT_CHARS = 1024 * 1024;

/**
 * Entries one after the other, each with YAML front matter between two `---`, and its content in a fence that is longer than any in the content. Values are
 * written as JSON, which is YAML too; a text may also stand as it is. What stands between entries counts for nothing as long as it is blank.
 */
export const markdownFile: ArchiveFile = {
  mediaType: 'text/markdown',
  extension: 'md',

  write({ content, category, title, summary, tags, sourceUrl, createdAt, updatedAt }) {
    const front = { category, title, summary, tags, sourceUrl, createdAt, updatedAt };
    const fence = fenceFor(content);
    const lines = Object.entries(front).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    return [RULE, ...lines, RULE, '', fence, content, fence, '', ''].join('\n');
  },

  async *read(lines) {
    const reader = new MarkdownReader();
    for await (const line of lines) {
      const found = reader.take(line);
      if (found) yield found;
    }
    const found = reader.end();
    if (found) yield found;
  },
};

function fenceFor(content: string): string {
  const longest = (content.match(/`{3,}/g) ?? []).reduce((most, { length }) => Math.max(most, length), 2);
  return '`'.repeat(longest + 1);
}

/** Where in an entry a line stands. `lost`: something was not as it should be, which was told; the next `---` begins anew. */
type Place = 'between' | 'front' | 'behind front' | 'content' | 'lost';

/** Reads line by line. */
class MarkdownReader {
  #place: Place = 'between';
  #beginsAt = 0;
  #front: string[] = [];
  #frontChars = 0;
  #fields: WrittenFields | { readonly problem: string } | null = null;
  #fence = '';
  /** Whether the fence's line ends with CRLF: then so does the last one of the content, which is not part of it. */
  #isCrlf = false;
  #content: string[] = [];
  #bytes = 0;
  #last: Line | null = null;

  /** What has ended with this line, well or not. */
  take(line: Line): Found | null {
    this.#last = line;
    if (line.text === null) return this.#fail(line.problem);
    // Within a content an editor's way of ending lines cannot be told from what it is: that stays.
    const text = this.#place === 'content' ? line.text : line.text.replace(/\r$/, '').trimEnd();
    switch (this.#place) {
      case 'between':
        if (text === '') return null;
        if (text !== RULE) return this.#fail('Here an entry should begin, with ---.', line.number);
        this.#begin(line);
        return null;
      case 'lost':
        if (text === RULE) this.#begin(line);
        return null;
      case 'front':
        if (text !== RULE) return this.#takeFront(text);
        this.#fields = fieldsOf(this.#front);
        this.#place = 'behind front';
        return null;
      case 'behind front':
        if (text === '') return null;
        if (!FENCE.test(text)) return this.#fail('Here the fence of a content should begin, with ```.', line.number);
        this.#fence = text;
        this.#isCrlf = line.text.endsWith('\r');
        this.#place = 'content';
        return null;
      case 'content':
        return text.replace(/\r$/, '') === this.#fence ? this.#finish(line) : this.#takeContent(text);
    }
  }

  end(): Found | null {
    return this.#place === 'between' || this.#place === 'lost' ? null : this.#fail('The entry has no end.');
  }

  #begin({ number }: Line): void {
    this.#place = 'front';
    this.#beginsAt = number;
    this.#front = [];
    this.#frontChars = 0;
    this.#content = [];
    this.#bytes = 0;
  }

  #takeFront(text: string): Found | null {
    this.#front.push(text);
    this.#frontChars += text.length;
    const isEndless = this.#front.length > MAX_FRONT_LINES || this.#frontChars > MAX_FRONT_CHARS;
    return isEndless ? this.#fail('The front matter has no end.') : null;
  }

  #takeContent(text: string): null {
    this.#bytes += Buffer.byteLength(text) + 1;
    // What is too large is read to its end, and then refused; but not kept.
    if (this.#bytes <= MAX_CONTENT_BYTES + 1) this.#content.push(text);
    return null;
  }

  #finish(line: Line): Found {
    this.#place = 'between';
    const text = this.#content.join('\n');
    const content = this.#isCrlf ? text.replace(/\r$/, '') : text;
    const fields = this.#fields;
    const place = { line: this.#beginsAt, next: nextOf(line) };
    if (this.#bytes > MAX_CONTENT_BYTES + 1)
      return { ...place, problem: `content: it has more than ${MAX_CONTENT_BYTES} bytes` };
    if (fields === null || 'problem' in fields)
      return { ...place, problem: fields?.problem ?? 'There is no front matter.' };
    return { ...place, fields: { ...fields, content } };
  }

  #fail(problem: string, at = this.#place === 'between' ? (this.#last?.number ?? 0) : this.#beginsAt): Found | null {
    const isTold = this.#place === 'lost';
    this.#place = 'lost';
    return isTold || !this.#last ? null : { line: at, next: nextOf(this.#last), problem };
  }
}

const nextOf = ({ end, number }: Line): Found['next'] => ({ at: end, number: number + 1 });

function fieldsOf(front: readonly string[]): WrittenFields | { readonly problem: string } {
  const fields: [string, unknown][] = [];
  for (const line of front) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const { name, value } = /^(?<name>\w+):(?<value>.*)$/.exec(line)?.groups ?? {};
    if (name === undefined || value === undefined)
      return { problem: `This is no line of front matter: ${line.slice(0, 80)}` };
    fields.push([name, readValue(value.trim())]);
  }
  return readFields(Object.fromEntries(fields));
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
