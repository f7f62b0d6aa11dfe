import type { LanguageModel, ModelPart } from './language-model.js';

const OPEN = '<think>';
const CLOSE = '</think>';

/** Blanks before the first word after which no tag will come. */
const MOST_HELD = 1_000;

/**
 * Some open models write what they think into their answer, between `<think>` and `</think>` before its first word. It becomes reasoning here.
 * Tags anywhere else are text like any other.
 */
export function withThinkTags(model: LanguageModel): LanguageModel {
  return {
    async *stream(request) {
      const reader = new ThinkReader();
      for await (const part of model.stream(request)) {
        if (part.type === 'text-delta') yield* reader.push(part.text);
        else if (part.type === 'finish') yield* [...reader.end(), part];
        else yield part;
      }
    },
  };
}

/** Tells thoughts from the answer as they stream, however the tags are cut. */
export class ThinkReader {
  #state: 'before' | 'thinking' | 'after' | 'answering' = 'before';
  /** What may be, or become, a tag. */
  #held = '';

  push(text: string): ModelPart[] {
    if (this.#state === 'answering') return delta('text-delta', text);
    this.#held += text;
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
    if (OPEN.startsWith(start) && this.#held.length < MOST_HELD) return [];
    this.#state = 'answering';
    return delta('text-delta', this.#take(this.#held.length));
  }

  #readThought(): ModelPart[] {
    const end = this.#held.indexOf(CLOSE);
    if (end === -1) return delta('reasoning-delta', this.#take(this.#held.length - startOfTag(this.#held)));
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
    return delta('text-delta', answer);
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return taken;
  }
}

/** How many characters at the end may be the beginning of the closing tag. */
function startOfTag(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length--) {
    if (CLOSE.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

function delta(type: 'text-delta' | 'reasoning-delta', text: string): ModelPart[] {
  return text === '' ? [] : [{ type, text }];
}
