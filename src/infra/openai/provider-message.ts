import type { WireChunk } from './wire-chunk.js';

/**
 * What a service says in its own words: in one of the usual places of a JSON body, or as the text of a page.
 *
 * @param most Characters that are read of it.
 */
export function messageIn(body: string, most: number): string {
  const json = parse(body);
  if (!isObject(json)) return textOfPage(body.slice(0, most));
  const { error, message, detail } = json;
  const said = [isObject(error) ? error['message'] : error, message, detail].find((text) => typeof text === 'string');
  return (typeof said === 'string' ? said : body).slice(0, most);
}

/** The status that a service would have answered with, had it not told of its error in an answer: 500 where that cannot be told. */
export function statusOf({ error, ...report }: WireChunk): number {
  const { code, status, type } = { ...report, ...(isObject(error) ? error : {}) } as Readonly<Record<string, unknown>>;
  const said = [code, status].map(Number).find((number) => number >= 400 && number < 600);
  if (said !== undefined) return said;
  const isRateLimit = [code, status, type].some((word) => typeof word === 'string' && RATE_LIMIT.test(word));
  return isRateLimit ? 429 : 500;
}

const RATE_LIMIT = /rate.?limit|insufficient.quota|too.many.requests|resource.exhausted/i;

/** Whether a service means tools, or functions, when it fails: some answer 500 to those that they cannot take. */
export function refusesTools(status: number, said: string): boolean {
  return TOOL_STATUSES.has(status) && TOOLS.test(said) && !TOO_LONG.test(said) && !isGarbledCall(said);
}

/** Whether the model has written a call that its service could not read: it takes tools, and writes a better one when it is asked again. */
export const isGarbledCall = (said: string): boolean => GARBLED_CALL.test(said);

/** Whether a service finds that it was told more than fits into the window of the model. */
export function isTooLong(status: number, said: string): boolean {
  const isAboutInput = COUNTS_INPUT.test(said) || !TOO_MUCH_WANTED.test(said);
  return (status === 413 || TOOL_STATUSES.has(status)) && TOO_LONG.test(said) && isAboutInput;
}

const TOOL_STATUSES: ReadonlySet<number> = new Set([400, 404, 422, 500, 501]);
/** Not the names that hosts give to errors of their own, such as FUNCTION_INVOCATION_FAILED. */
const TOOLS = /\btool|\bfunctions?\b|\bfunction_call/i;
/** As Ollama, llama.cpp and Groq say it. */
const GARBLED_CALL =
  /failed_generation|failed to call a function|tool call validation failed|(?:error|failed) (?:to )?pars\w* tool call/i;
/** What is too long is often said to be so "in the messages and functions". */
const TOO_LONG =
  /context.?(?:length|window|size)|maximum.{0,20}tokens|too long|too large|too many (?:input )?tokens|reduce the length|exceeds? the (?:limit|maximum)|longer than the maximum|maximum prompt length|context limit|\binputs\W{1,2}tokens/i;

/** It is the answer then that may not be so long, unless the input is counted too: vLLM says of both together that the answer is too large. */
const COUNTS_INPUT = /input tokens/i;
const TOO_MUCH_WANTED = /max_(?:completion_|output_)?tokens.{0,20}too large/i;

function textOfPage(page: string): string {
  return page.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^<>]*>/g, ' ');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
