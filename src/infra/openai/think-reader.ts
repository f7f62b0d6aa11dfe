/** More of what a model says or thinks. */
export type Delta = { readonly type: 'text-delta' | 'reasoning-delta'; text: string };

/** What a model says, or that all of it so far was no answer, but what it thought before one. */
export type Told = Delta | { readonly type: 'text-was-thought' };

const OPEN = '<think>';
const CLOSE = '</think>';
/** Where the opening tag belongs to the question that a model is asked, its answer has the closing one alone. */
const LONE_CLOSE = /(?<=\n)<\/think>|<\/think>(?=\r?\n\r?\n)/;

/** Such a tag whose line may still turn out to be followed by an empty one. */
const MAY_BE_LONE = /^<\/think>\r?\n?\r?$/;

/** Blanks before the first word after which no tag will come. */
const MAX_HELD = 1_000;

/**
 * Some open models write what they think into their answer, between `<think>` and `</think>` before its first word. It becomes reasoning here, however the tags are cut.
 * Tags anywhere else are text like any other, except that a closing tag without an opening one makes a thought of all before it, if it begins a line or an empty line follows it.
 */
export class ThinkReader {
  #state: 'before' | 'thinking' | 'after' | 'answering' = 'before';
  /** What may be, or become, a tag. */
  #held = '';
  /** Whether an opening tag has stood somewhere: then a closing one belongs to it. */
  #hasOpened = false;
  /** The end of what was told, in which an opening tag may have begun. */
  #told = '';

  /** What is told of more of the answer. */
  push(text: string): Told[] {
    // Nearly all there is: no tag begins, or goes on, in it.
    if (this.#state === 'answering' && this.#held === '' && !text.includes('<') && !this.#told.includes('<'))
      return this.#tell(text);
    this.#held += text;
    if (this.#state === 'answering') return this.#readAnswer();
    if (this.#state === 'before') return this.#readStart();
    if (this.#state === 'thinking') return this.#readThought();
    return this.#readGap();
  }

  /** What was held back. A thought that nobody ended stays one. */
  end(): Told[] {
    return delta(this.#state === 'thinking' ? 'reasoning-delta' : 'text-delta', this.#take(this.#held.length));
  }

  #readStart(): Told[] {
    const start = this.#held.trimStart();
    if (start.startsWith(OPEN)) {
      this.#held = start.slice(OPEN.length);
      this.#state = 'thinking';
      return this.#readThought();
    }
    if (start.startsWith(CLOSE)) {
      this.#held = start.slice(CLOSE.length);
      this.#state = 'after';
      return this.#readGap();
    }
    if ((OPEN.startsWith(start) || CLOSE.startsWith(start)) && this.#held.length < MAX_HELD) return [];
    this.#state = 'answering';
    return this.#readAnswer();
  }

  #readAnswer(): Told[] {
    const end = this.#hasOpened ? -1 : this.#loneClose();
    const before = end === -1 ? this.#held : this.#held.slice(0, end);
    this.#hasOpened ||= (this.#told + before).includes(OPEN);
    if (this.#hasOpened) return delta('text-delta', this.#take(this.#held.length));
    if (end === -1) return this.#tell(this.#take(this.#held.length - this.#startOfLoneClose()));
    const thought = delta('text-delta', this.#take(end));
    this.#take(CLOSE.length);
    this.#state = 'after';
    return [...thought, { type: 'text-was-thought' }, ...this.#readGap()];
  }

  #tell(text: string): Told[] {
    this.#told = (this.#told + text).slice(1 - OPEN.length);
    return delta('text-delta', text);
  }

  /** Where a closing tag stands alone; -1 if there is none. */
  #loneClose(): number {
    const before = this.#told.slice(-1);
    const end = (before + this.#held).search(LONE_CLOSE);
    return end === -1 ? -1 : end - before.length;
  }

  /** How many characters at the end may be the beginning of such a tag, or of the lines after it. */
  #startOfLoneClose(): number {
    const last = this.#held.slice(Math.max(0, this.#held.lastIndexOf('<')));
    return CLOSE.startsWith(last) || MAY_BE_LONE.test(last) ? last.length : 0;
  }

  #readThought(): Told[] {
    const end = this.#held.indexOf(CLOSE);
    if (end === -1) return delta('reasoning-delta', this.#take(this.#held.length - startOfTag(this.#held, CLOSE)));
    const thought = delta('reasoning-delta', this.#take(end));
    this.#take(CLOSE.length);
    this.#state = 'after';
    return [...thought, ...this.#readGap()];
  }

  /** The empty lines between the thought and the answer belong to neither. */
  #readGap(): Told[] {
    const answer = this.#held.trimStart();
    this.#held = '';
    if (answer === '') return [];
    this.#state = 'answering';
    this.#hasOpened = true;
    return delta('text-delta', answer);
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return taken;
  }
}

/** How many characters at the end may be the beginning of a tag. */
function startOfTag(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (tag.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

function delta(type: 'text-delta' | 'reasoning-delta', text: string): Told[] {
  return text === '' ? [] : [{ type, text }];
}
