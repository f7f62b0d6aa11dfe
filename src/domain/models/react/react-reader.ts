import type { ModelPart } from '../language-model.js';

type Section = 'preamble' | 'thought' | 'action' | 'input' | 'answer' | 'over';

const SECTIONS: Readonly<Record<string, Section>> = {
  thought: 'thought',
  action: 'action',
  'action input': 'input',
  'final answer': 'answer',
  observation: 'over',
};

/** A label at the start of a line, plain or in bold. */
const LABEL = /^[ \t]*\**(thought|action input|action|final answer|observation)\**[ \t]*:\**[ \t]?/i;

/** Characters that the start of a line may need before it is known whether a label stands there. */
const LONGEST_LABEL = 24;

/** The start of a line that may still become a label. */
const BEGINS_LIKE_LABEL = /^[ \t]*\**[a-z ]*\**[ \t]*$/i;

/**
 * Reads what a model writes in the ReAct form as it streams, however it is cut: thoughts become reasoning, an action becomes a tool call, and only
 * the final answer becomes text. What comes after an action, or after an observation that the model made up, is passed over. A model that
 * does not keep to the form at all has simply answered.
 */
export class ReactReader {
  readonly #callId: () => string;
  #section: Section = 'preamble';
  /** Not read yet, since a label may be about to stand in it. */
  #rest = '';
  #isLineStart = true;
  #preamble = '';
  #action = '';
  #input = '';

  constructor(callId: () => string) {
    this.#callId = callId;
  }

  /** What can be told so far. */
  push(text: string): ModelPart[] {
    this.#rest += text;
    return this.#read(false);
  }

  /** What was held back, and the call if there is one. */
  end(): ModelPart[] {
    const parts = this.#read(true);
    if (this.#action !== '') {
      const argumentsText = jsonIn(this.#input);
      return [...parts, { type: 'tool-call', call: { id: this.#callId(), name: this.#action, argumentsText } }];
    }
    if (this.#preamble.trim() !== '' && this.#section === 'preamble')
      return [...parts, { type: 'text-delta', text: this.#preamble.trim() }];
    return parts;
  }

  #read(isEnd: boolean): ModelPart[] {
    const parts: ModelPart[] = [];
    while (this.#rest !== '') {
      const label = this.#isLineStart && this.#section !== 'answer' ? LABEL.exec(this.#rest) : null;
      if (!label && !isEnd && this.#mayBecomeLabel()) break;
      const part = label ? this.#enter(label[0], label[1] ?? '') : this.#takeLine();
      if (part) parts.push(part);
    }
    return parts;
  }

  #mayBecomeLabel(): boolean {
    const isPossible = this.#isLineStart && this.#section !== 'answer';
    return isPossible && this.#rest.length < LONGEST_LABEL && BEGINS_LIKE_LABEL.test(this.#rest);
  }

  /** Of several actions the first is the one that counts: the model has not seen what came of it. What stood before any label was a thought. */
  #enter(label: string, name: string): ModelPart | null {
    this.#rest = this.#rest.slice(label.length);
    this.#isLineStart = false;
    const left = this.#section;
    const hasActed = left === 'over' || left === 'input';
    this.#section = hasActed ? 'over' : (SECTIONS[name.toLowerCase()] ?? 'over');
    return left === 'preamble' && this.#preamble.trim() !== ''
      ? { type: 'reasoning-delta', text: this.#preamble }
      : null;
  }

  /** The rest of a line, or what there is of it. */
  #takeLine(): ModelPart | null {
    const end = this.#rest.indexOf('\n') + 1 || this.#rest.length;
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end);
    this.#isLineStart = line.endsWith('\n');
    switch (this.#section) {
      case 'preamble':
        this.#preamble += line;
        return null;
      case 'thought':
        return { type: 'reasoning-delta', text: line };
      case 'answer':
        return { type: 'text-delta', text: line };
      case 'action':
        this.#action += line.trim().replace(/^[`*"']+|[`*"']+$/g, '');
        return null;
      case 'input':
        this.#input += line;
        return null;
      case 'over':
        return null;
    }
  }
}

/** The first JSON object in what stands after "Action Input", which some models fence or comment; the text itself where there is none. */
function jsonIn(text: string): string {
  const start = text.indexOf('{');
  if (start === -1) return text.trim();
  let depth = 0;
  let isString = false;
  for (let index = start; index < text.length; index++) {
    const char = text[index];
    if (char === '\\' && isString) index++;
    else if (char === '"') isString = !isString;
    else if (char === '{' && !isString) depth++;
    else if (char === '}' && !isString && --depth === 0) return text.slice(start, index + 1);
  }
  return text.slice(start).trim();
}
