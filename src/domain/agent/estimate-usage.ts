import { estimateTokens } from '../models/estimate-tokens.js';
import type { ModelMessage, ModelRequest, ToolCall } from '../models/language-model.js';
import { NO_USAGE, type Usage } from '../models/usage.js';

/** What a call took, where the service did not say. A call that brought nothing back is taken to have cost nothing. */
export function estimateUsage(
  { messages, tools }: Pick<ModelRequest, 'messages' | 'tools'>,
  answer: { text: string; reasoning: string; toolCalls: readonly ToolCall[] },
): Usage {
  const reasoningTokens = estimateTokens(answer.reasoning);
  const outputTokens = reasoningTokens + estimateTokens(answer.text) + sum(answer.toolCalls.map(tokensOfCall));
  if (outputTokens === 0) return { ...NO_USAGE, isEstimated: true };
  const inputTokens =
    sum(messages.map(tokensOfMessage)) +
    sum(tools.map((tool) => estimateTokens(JSON.stringify(tool.parameters) + tool.description)));
  return { ...NO_USAGE, inputTokens, outputTokens, reasoningTokens, isEstimated: true };
}

/** What services add to each message to mark where it begins and who speaks. */
const TOKENS_AROUND_MESSAGE = 4;

export function tokensOfMessage(message: ModelMessage): number {
  const calls = message.role === 'assistant' ? sum(message.toolCalls.map(tokensOfCall)) : 0;
  return TOKENS_AROUND_MESSAGE + estimateTokens(message.text) + calls;
}

const tokensOfCall = ({ name, argumentsText }: ToolCall): number =>
  estimateTokens(name) + estimateTokens(argumentsText);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
