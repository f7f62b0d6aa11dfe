import { z } from 'zod';
import type { AgentEvent, AgentResult } from '../../src/domain/agent/agent-event.js';
import { agentLoop, type Agent } from '../../src/domain/agent/agent-loop.js';
import type { AgentContext } from '../../src/domain/agent/tool-calls.js';
import type { LanguageModel } from '../../src/domain/models/language-model.js';
import { defineTool } from '../../src/domain/tools/tool.js';

/** A tool that takes nothing, for tests that care about what it does when it runs. */
export const toolOf = (
  name: string,
  run: (args: object, context: { readonly userId: string }) => string | Promise<string>,
  { timeoutMs = 10_000 } = {},
) =>
  defineTool({
    name,
    alias: `The ${name}`,
    description: `A tool that is ${name}.`,
    outputCondition: 'Answer with what it says.',
    parameters: z.object({}),
    timeoutMs,
    run,
  });

export const double = defineTool({
  name: 'double',
  alias: 'Doubler',
  description: 'Doubles a number.',
  outputCondition: 'Answer with the number.',
  parameters: z.object({ n: z.number() }),
  run: ({ n }) => String(n * 2),
});

/** What an agent did, and how it ended: with a result, or with what it threw. */
export type AgentOutcome = {
  readonly events: readonly AgentEvent[];
  readonly types: readonly AgentEvent['type'][];
  readonly result: AgentResult | undefined;
  readonly thrown: unknown;
};

/**
 * Lets an agent answer "hi", with {@link double} and four steps unless told otherwise.
 *
 * @param models The first is asked; the others, `model-2` and so on, stand in.
 */
export async function runAgent(
  models: LanguageModel | readonly LanguageModel[],
  {
    tools = [double],
    maxSteps = 4,
    answerSchema = null,
    ...who
  }: Partial<Omit<Agent, 'candidates'> & Pick<AgentContext, 'userId' | 'signal'>> = {},
): Promise<AgentOutcome> {
  const candidates = [models].flat().map((model, place) => ({
    modelId: `mod_${place + 1}`,
    modelName: `model-${place + 1}`,
    model,
    temperature: null,
    maxOutputTokens: null,
    inputRoom: 1_000_000,
  }));
  const agent: Agent = { candidates: () => Promise.resolve(candidates), tools, maxSteps, answerSchema };
  const context = { userId: 'u', conversationId: 'c', runId: 'r', signal: new AbortController().signal, ...who };
  const events: AgentEvent[] = [];
  const ended = await drain(agentLoop(agent, [{ role: 'user', text: 'hi' }], context), events).then(
    (result) => ({ result, thrown: undefined }),
    (thrown: unknown) => ({ result: undefined, thrown }),
  );
  return { events, types: events.map(({ type }) => type), ...ended };
}

/** The status and the output of each call of a tool, in the order in which they ended. */
export const outputsOf = ({ events }: AgentOutcome) =>
  events.flatMap((event) => (event.type === 'tool-call-finished' ? [[event.status, event.output]] : []));

async function drain(loop: AsyncGenerator<AgentEvent, AgentResult>, into: AgentEvent[]): Promise<AgentResult> {
  for (;;) {
    const { value, done } = await loop.next();
    if (done) return value;
    into.push(value);
  }
}
