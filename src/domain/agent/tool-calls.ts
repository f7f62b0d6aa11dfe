import { withDeadline } from '../../base/deadline.js';
import { AppError, InvalidInputError } from '../../base/errors.js';
import type { ModelMessage, ToolCall } from '../models/language-model.js';
import { ToolInputError, type Tool, type ToolContext } from '../tools/tool.js';
import type { AgentEvent } from './agent-event.js';

/** Calls of one step that are run; the model is told that the others were not. */
export const MAX_CALLS_PER_STEP = 16;

/** Characters of a tool's output that are kept and shown to the model. */
export const MAX_TOOL_OUTPUT_CHARS = 32_000;

/** For whom an agent works, and what stops it. */
export type AgentContext = Omit<ToolContext, 'callId'>;

type Outcome = { readonly status: 'SUCCEEDED' | 'FAILED'; readonly output: string; readonly fault?: unknown };
type Finished = Extract<AgentEvent, { type: 'tool-call-finished' }>;

/**
 * Runs the calls of one step side by side. All starts are yielded before any tool runs, and each end as it comes.
 *
 * @param how.repeated Ids of calls that are not run, since the same call was made before.
 * @returns What the model is told, in the order in which it asked.
 */
export async function* runToolCalls(
  tools: readonly Tool[],
  calls: readonly ToolCall[],
  how: { readonly step: number; readonly repeated: ReadonlySet<string> },
  context: AgentContext,
): AsyncGenerator<AgentEvent, ModelMessage[]> {
  for (const { id, name, argumentsText } of calls)
    yield { type: 'tool-call-started', callId: id, step: how.step, name, argumentsText };
  // Whoever took the starts may have taken long, and the run been stopped meanwhile.
  context.signal.throwIfAborted();
  const results = new Map<string, string>();
  const running = new Map(
    calls.map((call, place) => [call.id, timed(call, () => settle(tools, call, { place, ...how }, context))]),
  );
  while (running.size > 0) {
    const finished = await Promise.race(running.values());
    context.signal.throwIfAborted();
    running.delete(finished.callId);
    results.set(finished.callId, finished.output);
    yield finished;
  }
  return calls.map(({ id, name }) => ({ role: 'tool', callId: id, name, text: results.get(id) ?? '' }));
}

async function timed(call: ToolCall, run: () => Promise<Outcome>): Promise<Finished> {
  const startedAt = performance.now();
  const { status, output, fault } = await run();
  return {
    type: 'tool-call-finished',
    callId: call.id,
    status,
    output: cutAt(output, MAX_TOOL_OUTPUT_CHARS),
    isTruncated: output.length > MAX_TOOL_OUTPUT_CHARS,
    durationMs: Math.round(performance.now() - startedAt),
    ...(fault !== undefined && { fault }),
  };
}

async function settle(
  tools: readonly Tool[],
  call: ToolCall,
  how: { place: number; repeated: ReadonlySet<string> },
  context: AgentContext,
): Promise<Outcome> {
  if (how.place >= MAX_CALLS_PER_STEP)
    return failed(
      `Not run: at most ${MAX_CALLS_PER_STEP} tools can be called at once. Call the others in the next step.`,
    );
  if (how.repeated.has(call.id))
    return failed('Not run again: the same call with the same arguments was made before. Use what it returned.');
  const tool = tools.find(({ name }) => name === call.name);
  if (!tool)
    return failed(
      `There is no tool named ${call.name}. There are: ${tools.map(({ name }) => name).join(', ') || 'none'}.`,
    );
  const args = parseArguments(call.argumentsText);
  if (args === undefined) return failed('The arguments are not valid JSON. Call the tool again with a JSON object.');
  return attempt(tool, args, { ...context, callId: call.id });
}

/** A failing or slow tool is news for the model; only an abort of the run ends it, even if the tool does not listen. */
async function attempt(tool: Tool, args: unknown, context: AgentContext & { callId: string }): Promise<Outcome> {
  return withDeadline(tool.timeoutMs, context.signal, async (signal) => {
    try {
      const output = await Promise.race([tool.call(args, { ...context, signal }), rejectedOn(signal)]);
      return { status: 'SUCCEEDED', output };
    } catch (error) {
      if (signal.aborted && !context.signal.aborted)
        return failed(`The tool did not answer within ${tool.timeoutMs / 1000} seconds.`);
      return refused(error);
    }
  });
}

function refused(error: unknown): Outcome {
  if (error instanceof InvalidInputError) return failed(`${error.details.field}: ${error.message}`);
  if (error instanceof AppError || error instanceof ToolInputError) return failed(error.message);
  return { ...failed('The tool failed by a fault of its own. Do not call it in the same way again.'), fault: error };
}

function rejectedOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Undefined if the text is not JSON. Some models write nothing at all for "no arguments", or null. */
function parseArguments(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return (JSON.parse(text) as unknown) ?? {};
  } catch {
    return undefined;
  }
}

/** Never cuts a character in two. */
function cutAt(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(chars - 1)) ? chars - 1 : chars;
  return text.slice(0, end);
}

const failed = (output: string): Outcome => ({ status: 'FAILED', output });
