import type { ModelMessage, ToolCall, ToolSpec } from '../language-model.js';
import { takingTurns } from '../taking-turns.js';

/** What a tool returned comes to the model under this word; a model that writes it itself has begun to make things up. */
export const OBSERVATION = 'Observation:';

/**
 * A conversation with tools, told in words alone, for models that know nothing of tools: Thought, Action, Action Input, Observation, Final Answer
 * (Yao et al., "ReAct: Synergizing Reasoning and Acting in Language Models", 2023).
 */
export function toReactMessages(messages: readonly ModelMessage[], tools: readonly ToolSpec[]): ModelMessage[] {
  const told = messages.flatMap(toReact);
  if (tools.length === 0) return takingTurns(told);
  const [first, ...rest] = told;
  const rules = rulesFor(tools);
  if (first?.role !== 'system') return takingTurns([{ role: 'system', text: rules }, ...told]);
  return takingTurns([{ role: 'system', text: `${first.text}\n\n${rules}` }, ...rest]);
}

function toReact(message: ModelMessage): ModelMessage[] {
  if (message.role === 'tool') return [{ role: 'user', text: `${OBSERVATION} ${message.text}` }];
  if (message.role !== 'assistant' || message.toolCalls.length === 0) return [message];
  const thought = message.text === '' ? '' : `Thought: ${message.text}\n`;
  const text = `${thought}${message.toolCalls.map(actionOf).join('\n')}`;
  return [{ role: 'assistant', text, toolCalls: [] }];
}

const actionOf = ({ name, argumentsText }: ToolCall): string => `Action: ${name}\nAction Input: ${argumentsText}`;

function rulesFor(tools: readonly ToolSpec[]): string {
  const lines = tools.map(
    ({ name, description, parameters }) =>
      `- ${name}: ${description}\n  Arguments, as JSON Schema: ${JSON.stringify(parameters)}`,
  );
  return [
    'You can use tools by writing. To use one, write exactly these three lines and then stop:',
    'Thought: what you think',
    'Action: the name of one tool',
    'Action Input: its arguments, as one JSON object',
    '',
    `You are then told what it returned, after "${OBSERVATION}". Never write that line yourself. Use tools as often as you need. When you know the answer, write:`,
    'Thought: what you think',
    'Final Answer: the answer, in the language of the user',
    '',
    'Tools:',
    ...lines,
  ].join('\n');
}
