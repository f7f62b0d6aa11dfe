import { estimateAll, type CountTokens } from '../models/count-tokens.js';
import { estimateTokens } from '../models/estimate-tokens.js';
import type { ModelMessage, ModelRequest, ToolCall, ToolSpec } from '../models/language-model.js';
import { NO_USAGE, type Usage } from '../usage/usage.js';

/** What services add to each message to mark where it begins and who speaks. */
const TOKENS_AROUND_MESSAGE = 4;

/** What one image is taken for: about a photograph of 1024 × 1024 pixels, as most services count. */
const TOKENS_OF_IMAGE = 1_000;

/** What a call took, where the service did not say. A call that brought nothing back is taken to have cost nothing. */
export async function estimateUsage(
  { messages, tools }: Pick<ModelRequest, 'messages' | 'tools'>,
  answer: { text: string; reasoning: string; toolCalls: readonly ToolCall[] },
  countTokens: CountTokens = estimateAll,
): Promise<Usage> {
  const written = [answer.text, ...answer.toolCalls.flatMap(textsOfCall)];
  if (answer.reasoning + written.join('') === '') return { ...NO_USAGE, isEstimated: true };
  const told = [...messages.flatMap(textsOf), ...tools.map(textOfTool)];
  const [reasoningTokens = 0, ...counts] = await countTokens([answer.reasoning, ...written, ...told]);
  return {
    ...NO_USAGE,
    inputTokens: sum(counts.slice(written.length)) + sum(messages.map(tokensBesideText)),
    outputTokens: reasoningTokens + sum(counts.slice(0, written.length)),
    reasoningTokens,
    isEstimated: true,
  };
}

/** What a request tells the model, about: cheap enough to be asked before each call. */
export function estimateInput({ messages, tools }: Pick<ModelRequest, 'messages' | 'tools'>): number {
  return sum(messages.map(tokensOfMessage)) + sum(tools.map((tool) => estimateTokens(textOfTool(tool))));
}

/** The same, counted. */
export async function countInput(
  { messages, tools }: Pick<ModelRequest, 'messages' | 'tools'>,
  countTokens: CountTokens,
): Promise<number> {
  const counts = await countTokens([...messages.flatMap(textsOf), ...tools.map(textOfTool)]);
  return sum(counts) + sum(messages.map(tokensBesideText));
}

export function tokensOfMessage(message: ModelMessage): number {
  return tokensBesideText(message) + sum(textsOf(message).map(estimateTokens));
}

/** The tokens of each message, counted. */
export async function countMessages(messages: readonly ModelMessage[], countTokens: CountTokens): Promise<number[]> {
  const texts = messages.map(textsOf);
  const counts = [...(await countTokens(texts.flat()))];
  return messages.map((message, at) => tokensBesideText(message) + sum(counts.splice(0, texts[at]?.length ?? 0)));
}

function tokensBesideText(message: ModelMessage): number {
  const images = message.role === 'user' ? (message.images?.length ?? 0) : 0;
  return TOKENS_AROUND_MESSAGE + images * TOKENS_OF_IMAGE;
}

function textsOf(message: ModelMessage): string[] {
  return [message.text, ...(message.role === 'assistant' ? message.toolCalls.flatMap(textsOfCall) : [])];
}

const textsOfCall = ({ name, argumentsText }: ToolCall): string[] => [name, argumentsText];

const textOfTool = ({ name, description, parameters }: ToolSpec): string =>
  name + description + JSON.stringify(parameters);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
