import { Script, createContext } from 'node:vm';
import { located } from '../errors.js';

/** How long one search through one text may take, in milliseconds. */
const MAX_SEARCH_MS = 1000;

/** Steps that are over before anybody notices. */
const FEW_STEPS = 1e8;

/**
 * A regular expression that cannot run without end. JavaScript tries all ways in which a pattern may match, and of some,
 * such as `(a+)+$`, there are more than time allows. Only a script of `node:vm` can be stopped from outside while it does,
 * which costs a tenth of a millisecond: so this is done where the pattern and the length of the text ask for it.
 */
export class GuardedRegExp extends RegExp {
  readonly #stepsFor: (length: number) => number;

  constructor(source: string, flags: string) {
    super(source, flags);
    this.#stepsFor = worstCase(source);
  }

  /** `test` comes through here. @throws {EngineError} 51156 when it takes too long. */
  override exec(text: string): RegExpExecArray | null {
    return this.#run(text, () => super.exec(text));
  }

  /** All matches, for a pattern that is global. @throws {EngineError} 51156 when that takes too long. */
  allIn(text: string): RegExpExecArray[] {
    return this.#run(text, () => {
      const matches: RegExpExecArray[] = [];
      this.lastIndex = 0;
      for (let match = super.exec(text); match !== null; match = super.exec(text)) {
        matches.push(match);
        // An empty match would be found again and again.
        if (match[0] === '') this.lastIndex += (text.codePointAt(this.lastIndex) ?? 0) > 0xffff ? 2 : 1;
      }
      return matches;
    });
  }

  #run<Result>(text: string, search: () => Result): Result {
    return this.#stepsFor(text.length) <= FEW_STEPS ? search() : runWithin(MAX_SEARCH_MS, search);
  }
}

/** A group that repeats something that repeats or that has alternatives, or a group that is referred to. */
const NESTED = /[*+?}|][^()]*\)(?:[*+]|\{\d+,)|\)[^()]*\)(?:[*+]|\{\d+,)|\\[1-9]|\\k</;

const UNBOUNDED = /(?:[^\\]|^)(?:[*+]|\{\d+,\})/g;

/** About how many steps a pattern may need for a text of some length. */
function worstCase(source: string): (length: number) => number {
  if (NESTED.test(source)) return (length) => 4 ** length;
  const count = source.match(UNBOUNDED)?.length ?? 0;
  return count === 0 ? () => 0 : (length) => length ** (count + 1);
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
