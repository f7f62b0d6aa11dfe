import { Script, createContext } from 'node:vm';
import { located } from '../errors.js';

/** How long one search through one text may take, in milliseconds. */
const MAX_SEARCH_MS = 1000;

/** Steps that are over before anybody notices. */
const FEW_STEPS = 1e8;

/**
 * A regular expression that cannot run without end. JavaScript tries all ways in which it may match, and of some, such as
 * `(a+)+$`, there are more than time allows. Only a script of `node:vm` can be stopped from outside while it does, which
 * costs a tenth of a millisecond: so this is done where the expression and the length of the text ask for it.
 */
export class Pattern {
  readonly #regex: RegExp;
  readonly #stepsFor: (length: number) => number;

  /** @throws {SyntaxError} for what is no regular expression of JavaScript. */
  constructor(source: string, flags: string) {
    this.#regex = new RegExp(source, flags.includes('g') ? flags : `${flags}g`);
    this.#stepsFor = worstCase(source);
  }

  /** @throws {EngineError} 51156 when it takes too long. */
  test(text: string): boolean {
    return this.#run(text, () => {
      this.#regex.lastIndex = 0;
      return this.#regex.test(text);
    });
  }

  /** The first match. @throws {EngineError} 51156 when it takes too long. */
  find(text: string): RegExpExecArray | null {
    return this.#run(text, () => {
      this.#regex.lastIndex = 0;
      return this.#regex.exec(text);
    });
  }

  /** All matches; an empty one moves the search on by one character, so that it ends. @throws {EngineError} 51156 */
  findAll(text: string): RegExpExecArray[] {
    return this.#run(text, () => Array.from(text.matchAll(this.#regex)));
  }

  #run<Result>(text: string, search: () => Result): Result {
    return this.#stepsFor(text.length) <= FEW_STEPS ? search() : runWithin(MAX_SEARCH_MS, search);
  }
}

/** A repeated group in which something repeats or is a choice, or a group that is referred to. */
const NESTED = /[*+?}|][^()]*\)(?:[*+]|\{\d)|\)[^()]*\)(?:[*+]|\{\d)|\\[1-9]|\\k</;

const UNBOUNDED = /(?:[^\\]|^)(?:[*+]|\{\d+,\})/g;

const CHOICE = /[|?]|\{\d+,\d+\}/g;

/** About how many steps an expression may need for a text of some length. */
function worstCase(source: string): (length: number) => number {
  if (NESTED.test(source)) return (length) => 4 ** length;
  const repetitions = source.match(UNBOUNDED)?.length ?? 0;
  const ways = 2 ** (source.match(CHOICE)?.length ?? 0);
  return (length) => length ** (repetitions + 1) * ways;
}

const sandbox: { search?: () => unknown } = {};
const context = createContext(sandbox);
const script = new Script('search()');

function runWithin<Result>(timeout: number, search: () => Result): Result {
  sandbox.search = search;
  try {
    return script.runInContext(context, { timeout }) as Result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw located(51156, 'A regular expression has too many ways to match a text, and was stopped.');
  }
}
