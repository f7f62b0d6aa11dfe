import type { ModelPart } from '../language-model.js';

type Section = 'preamble' | 'thought' | 'action' | 'input' | 'answer' | 'over';

const SECTIONS: ReadonlyMap<string, Section> = new Map([
  ['thought', 'thought'],
  ['action', 'action'],
  ['actioninput', 'input'],
  ['finalanswer', 'answer'],
  ['최종답변', 'answer'],
  ['observation', 'over'],
]);

/** A label at the start of a line: plain, bold, in a heading or a list, numbered, with blanks and colons of any width. */
const LABEL =
  /^[^\S\n]{0,8}(?:[#>-]{1,4}[^\S\n]{1,8})?\*{0,2}(thought|action(?:[^\S\n]|_)input|action|final(?:[^\S\n]|_)answer|최종[^\S\n]?답변|observation)(?:[^\S\n]?\d{1,3})?\*{0,2}[^\S\n]{0,8}[:：]\*{0,2}[^\S\n]?/i;

/** Characters that the start of a line may need before it is known whether a label stands there: no label is longer. */
const LONGEST_LABEL = 64;

/** The start of a line that may still become a label. */
const BEGINS_LIKE_LABEL = /^[\p{L}\d\s*_#>-]*$/u;

/** Characters without a label after which a model has simply answered. */
const LONGEST_PREAMBLE = 20_000;

/**
 * Reads what a model writes in the ReAct form as it streams, however it is cut: thoughts become reasoning, an action becomes a tool call, and only
 * the final answer becomes text. What comes after an action, or after an observation that the model made up, is passed over. A model that
 * does not keep to the form at all has simply answered, and one that only thinks has answered with its last thought.
 */
export class ReactReader {
  readonly #callId: () => string;
  #section: Section = 'preamble';
  /** Not read yet, since a label may be about to stand in it. */
  #rest = '';
  #isLineStart = true;
  #preamble = '';
  #thought = '';
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

  /** What was held back, and the call if there is one. @param isCut Whether the model had more to say, so that its last thought is no answer. */
  end(isCut = false): ModelPart[] {
    const parts = this.#read(true);
    if (this.#action !== '') {
      const argumentsText = jsonIn(this.#input);
      return [...parts, { type: 'tool-call', call: { id: this.#callId(), name: this.#action, argumentsText } }];
    }
    const answer = this.#section === 'thought' && !isCut ? this.#thought.trim() : this.#preamble.trim();
    return answer === '' ? parts : [...parts, { type: 'text-delta', text: answer }];
  }

  #read(isEnd: boolean): ModelPart[] {
    const parts: ModelPart[] = [];
    while (this.#rest !== '') {
      const label = this.#isLineStart && this.#section !== 'answer' ? LABEL.exec(this.#rest) : null;
      if (!isEnd && (label ? label[0] === this.#rest : this.#mayBecomeLabel())) break;
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
    this.#section = hasActed ? 'over' : (SECTIONS.get(name.toLowerCase().replace(/[\s_]/g, '')) ?? 'over');
    // An action that is followed by the answer was none.
    if (this.#section === 'answer') this.#action = '';
    this.#thought = '';
    const preamble = this.#preamble;
    this.#preamble = '';
    return preamble.trim() === '' ? null : { type: 'reasoning-delta', text: preamble };
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
        return this.#preamble.length > LONGEST_PREAMBLE ? this.#takeForAnswer() : null;
      case 'thought':
        this.#thought += line;
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

  #takeForAnswer(): ModelPart {
    const text = this.#preamble;
    this.#preamble = '';
    this.#section = 'answer';
    return { type: 'text-delta', text };
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
