import type { ModelPart } from '../language-model.js';
import { ReactAction } from './react-action.js';

type Section = 'preamble' | 'thought' | 'action' | 'input' | 'answer' | 'observation' | 'over';

const SECTIONS: ReadonlyMap<string, Section> = new Map([
  ['thought', 'thought'],
  ['action', 'action'],
  ['actioninput', 'input'],
  ['finalanswer', 'answer'],
  ['최종답변', 'answer'],
  ['observation', 'observation'],
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
 * does not keep to the form at all has simply answered, and one that only thinks, or says that it does nothing, has answered with its last thought.
 * So a line that begins like an action, in words without any form, is an action only if it names a tool or has an input.
 */
export class ReactReader {
  readonly #callId: () => string;
  readonly #toolNames: ReadonlySet<string>;
  #section: Section = 'preamble';
  /** Not read yet, since a label may be about to stand in it. */
  #rest = '';
  #isLineStart = true;
  #preamble = '';
  #thought = '';
  #action: ReactAction;

  constructor(callId: () => string, toolNames: readonly string[]) {
    this.#callId = callId;
    this.#toolNames = new Set(toolNames);
    this.#action = new ReactAction(this.#toolNames);
  }

  /** What can be told so far. */
  push(text: string): ModelPart[] {
    this.#rest += text;
    return this.#read(false);
  }

  /** What was held back, and the call if there is one. @param isCut Whether the model had more to say, so that its last thought is no answer. */
  end(isCut = false): ModelPart[] {
    const parts = this.#read(true);
    this.#readName();
    if (this.#action.isCall && !this.#action.isFormless) {
      const thought = this.#tellPreamble();
      return [
        ...parts,
        ...(thought ? [thought] : []),
        { type: 'tool-call', call: this.#action.toCall(this.#callId()) },
      ];
    }
    const answer = this.#lastWords(isCut).trim();
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
    const found = SECTIONS.get(name.toLowerCase().replace(/[\s_]/g, '')) ?? 'over';
    this.#readName();
    if (this.#action.isFormless && found !== 'input' && found !== 'answer') {
      this.#action.add(label);
      return null;
    }
    const isFirst = this.#section === 'preamble';
    this.#section = this.#isOver(found) ? 'over' : found;
    if (isFirst && this.#section === 'action') {
      this.#action = new ReactAction(this.#toolNames, label);
      return null;
    }
    // An action that is followed by the answer was none.
    if (this.#section === 'answer' || this.#section === 'action') this.#action = new ReactAction(this.#toolNames);
    const preamble = this.#tellPreamble();
    if (this.#section === 'thought') this.#thought = '';
    return preamble;
  }

  /** Whether what comes now is made up, since it would be known only after the action. */
  #isOver(found: Section): boolean {
    if (this.#section === 'over') return true;
    if (this.#section === 'observation') return !this.#action.isNothing;
    return this.#action.isCall && (this.#section === 'input' || (found !== 'input' && found !== 'answer'));
  }

  #readName(): void {
    if (this.#section === 'action') this.#action.readName();
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
        this.#action.add(line);
        if (this.#action.words.length <= LONGEST_PREAMBLE) return null;
        this.#readName();
        return this.#action.isFormless ? this.#takeForAnswer() : null;
      case 'input':
        this.#action.addInput(line);
        return null;
      case 'observation':
      case 'over':
        return null;
    }
  }

  #takeForAnswer(): ModelPart {
    const text = this.#preamble + this.#action.words;
    this.#preamble = '';
    this.#action = new ReactAction(this.#toolNames);
    this.#section = 'answer';
    return { type: 'text-delta', text };
  }

  #tellPreamble(): ModelPart | null {
    const preamble = this.#preamble;
    this.#preamble = '';
    this.#action.takeForm();
    if (preamble.trim() === '') return null;
    this.#thought = preamble;
    return { type: 'reasoning-delta', text: preamble };
  }

  /** What the model has said where it neither acted nor marked its answer. */
  #lastWords(isCut: boolean): string {
    if (this.#section === 'preamble') return this.#preamble;
    if (this.#action.isFormless) return this.#preamble + this.#action.words;
    if (isCut) return '';
    if (this.#action.isNothing) return [this.#action.otherLines, this.#preamble].find(isSaid) ?? this.#thought;
    return this.#section === 'thought' ? this.#thought : '';
  }
}

const isSaid = (text: string): boolean => text.trim() !== '';
