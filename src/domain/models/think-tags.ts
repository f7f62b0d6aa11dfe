import type { LanguageModel, ModelPart } from './language-model.js';

const OPEN = '<think>';
const CLOSE = '</think>';
/** Where the opening tag belongs to the question that a model is asked, its answer has this one alone. */
const LONE_CLOSE = `\n${CLOSE}`;

/** Blanks before the first word after which no tag will come. */
const MOST_HELD = 1_000;

/**
 * Some open models write what they think into their answer, between `<think>` and `</think>` before its first word. It becomes reasoning here.
 * Tags anywhere else are text like any other, except that a closing tag on a line of its own, without an opening one, makes a thought of all before it.
 */
export function withThinkTags(model: LanguageModel): LanguageModel {
  return {
    async *stream(request) {
      const reader = new ThinkReader();
      try {
        for await (const part of model.stream(request)) {
          for (const told of reader.read(part)) yield told;
        }
      } catch (error) {
        yield* reader.end();
        throw error;
      }
    },
  };
}

/** Tells thoughts from the answer as they stream, however the tags are cut. */
export class ThinkReader {
  #state: 'before' | 'thinking' | 'after' | 'answering' = 'before';
  /** What may be, or become, a tag. */
  #held = '';
  /** Whether an opening tag has stood somewhere: then a closing one belongs to it. */
  #hasOpened = false;
  /** The end of what was told, in which an opening tag may have begun. */
  #told = '';

  /** What is told of a part of the answer. */
  read(part: ModelPart): readonly ModelPart[] {
    if (part.type === 'text-delta') return this.push(part.text);
    return part.type === 'finish' ? [...this.end(), part] : [part];
  }

  push(text: string): ModelPart[] {
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
  end(): ModelPart[] {
    return delta(this.#state === 'thinking' ? 'reasoning-delta' : 'text-delta', this.#take(this.#held.length));
  }

  #readStart(): ModelPart[] {
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
    if ((OPEN.startsWith(start) || CLOSE.startsWith(start)) && this.#held.length < MOST_HELD) return [];
    this.#state = 'answering';
    return this.#readAnswer();
  }

  #readAnswer(): ModelPart[] {
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

  #tell(text: string): ModelPart[] {
    this.#told = (this.#told + text).slice(1 - OPEN.length);
    return delta('text-delta', text);
  }

  /** Where a closing tag stands that begins a line; -1 if there is none. */
  #loneClose(): number {
    const lines = this.#told.slice(-1) + this.#held;
    const end = lines.indexOf(LONE_CLOSE);
    return end === -1 ? -1 : end + 1 - (lines.length - this.#held.length);
  }

  /** How many characters at the end may be the beginning of such a tag. Nobody waits for an empty line because of it. */
  #startOfLoneClose(): number {
    const length = startOfTag(this.#told.slice(-1) + this.#held, LONE_CLOSE);
    return Math.max(0, length - 1);
  }

  #readThought(): ModelPart[] {
    const end = this.#held.indexOf(CLOSE);
    if (end === -1) return delta('reasoning-delta', this.#take(this.#held.length - startOfTag(this.#held, CLOSE)));
    const thought = delta('reasoning-delta', this.#take(end));
    this.#take(CLOSE.length);
    this.#state = 'after';
    return [...thought, ...this.#readGap()];
  }

  /** The empty lines between the thought and the answer belong to neither. */
  #readGap(): ModelPart[] {
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

function delta(type: 'text-delta' | 'reasoning-delta', text: string): ModelPart[] {
  return text === '' ? [] : [{ type, text }];
}
