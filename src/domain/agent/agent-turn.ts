import type { AgentEvent, AgentResult } from './agent-event.js';
import { agentLoop, type Agent } from './agent-loop.js';
import { tellHistory, type Turn } from './history.js';
import type { AgentContext } from './tool-calls.js';

/** One turn of a conversation: what was said before is made to fit, and then the agent works. Yields and throws as {@link agentLoop} does. */
export async function* agentTurn(
  turn: Turn,
  agent: Agent,
  context: AgentContext,
): AsyncGenerator<AgentEvent, AgentResult> {
  const candidates = await agent.candidates();
  const [summarizer] = candidates;
  const history = summarizer ? yield* tellHistory(turn, summarizer, context.signal) : [];
  // The first step asks those that were just looked up.
  let isFirst = true;
  const nextCandidates = async () => {
    const next = isFirst ? candidates : await agent.candidates();
    isFirst = false;
    return next;
  };
  return yield* agentLoop({ ...agent, candidates: nextCandidates }, history, context);
}
