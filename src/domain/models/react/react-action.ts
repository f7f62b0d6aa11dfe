import type { ToolCall } from '../language-model.js';

/** Characters of an action that may be the name of a tool. */
const LONGEST_NAME = 200;

/** An action by which a model says that it does nothing. */
const NOTHING = /^(?:(?:no|not|none|nothing|null|n\/?a)\b|없음|-$)/i;

/** What models write where a tool takes no arguments, if it is all that they write. */
const NO_INPUT = /^(?:none|null|nothing|n\/?a|no (?:input|arguments?)(?: needed| required)?|없음|-)\.?$/i;

/** What a model writes after "Action" and "Action Input": the name of a tool, and its arguments beside that or for themselves. */
export class ReactAction {
  readonly #toolNames: ReadonlySet<string>;
  #formlessLabel: string;
  #text = '';
  /** The first line of the text; empty as long as that is not read to its end. */
  #name = '';
  #input = '';

  /** @param formlessLabel What it began with, if it may be words like those before it; empty where it is known to be an action. */
  constructor(toolNames: ReadonlySet<string>, formlessLabel = '') {
    this.#toolNames = toolNames;
    this.#formlessLabel = formlessLabel;
  }

  add(text: string): void {
    this.#text += text;
  }

  addInput(text: string): void {
    this.#input += text;
  }

  /** Its first line is read to its end. */
  readName(): void {
    this.#name ||= firstLine(this.#text).slice(0, LONGEST_NAME);
  }

  /** What follows it has the form, so it has. */
  takeForm(): void {
    this.#formlessLabel = '';
  }

  /** All of it, where it is none. */
  get words(): string {
    return this.#formlessLabel + this.#text;
  }

  /** What is written below its name. */
  get otherLines(): string {
    const [, ...others] = this.#text.trimStart().split('\n');
    return others.join('\n');
  }

  /** Whether it says that there is none. */
  get isNothing(): boolean {
    return NOTHING.test(this.#name) && !this.#toolNames.has(this.#name);
  }

  get isCall(): boolean {
    return this.#name !== '' && !this.isNothing;
  }

  /** Whether it is made of words that have no form, as far as is known. */
  get isFormless(): boolean {
    return this.#formlessLabel !== '' && !this.isNothing && !this.#toolNames.has(headOf(this.#name));
  }

  /** Some models write the arguments beside the name, as code does. */
  toCall(id: string): ToolCall {
    const action = firstLine(this.#text);
    const head = this.#toolNames.has(action) ? action : headOf(action);
    const name = this.#toolNames.has(head) ? head : this.#name;
    const beside = name === head ? action.slice(head.length).replace(/^\(\s*\)$/, '') : '';
    const written = this.#input.trim() === '' ? beside : this.#input;
    const argumentsText = NO_INPUT.test(firstLine(written)) ? '' : jsonIn(written);
    return { id, name, argumentsText };
  }
}

/** The first line that is not blank, without quotes and the like around it. */
const firstLine = (text: string): string => (/[^\s`*"'].*/.exec(text)?.[0] ?? '').trimEnd().replace(/[`*"']{1,8}$/, '');

/** What could be the name of a tool, where arguments or an explanation follow it. */
const headOf = (name: string): string => /^[\w-]*/.exec(name)?.[0] ?? '';

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
