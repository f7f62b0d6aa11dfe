import type { OpenAI } from 'openai';
import type { ModelMessage, ModelRequest, ToolSpec } from '../../domain/models/language-model.js';

type Params = OpenAI.ChatCompletionCreateParamsStreaming;

/** What a service wants to be asked differently from most. */
export type Dialect = {
  /** OpenAI's own newer models refuse `max_tokens`; nearly everybody else knows nothing else. */
  readonly limitField: 'max_tokens' | 'max_completion_tokens';
};

export function dialectOf(baseUrl: string): Dialect {
  const isOpenAi = new URL(baseUrl).hostname.endsWith('.openai.com');
  return { limitField: isOpenAi ? 'max_completion_tokens' : 'max_tokens' };
}

/** What we ask, as `POST /chat/completions` takes it. */
export function toParams(
  modelName: string,
  { messages, tools, temperature, maxOutputTokens }: ModelRequest,
  { limitField }: Dialect,
): Params {
  return {
    model: modelName,
    messages: messages.map(toWireMessage),
    ...(tools.length > 0 && { tools: tools.map(toWireTool) }),
    ...(temperature !== null && { temperature }),
    ...(maxOutputTokens !== null && { [limitField]: maxOutputTokens }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

function toWireMessage(message: ModelMessage): OpenAI.ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text };
    case 'user':
      return { role: 'user', content: message.text };
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: message.text };
    case 'assistant': {
      if (message.toolCalls.length === 0) return { role: 'assistant', content: message.text };
      const toolCalls = message.toolCalls.map(({ id, name, argumentsText }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: argumentsText },
      }));
      return { role: 'assistant', content: message.text === '' ? null : message.text, tool_calls: toolCalls };
    }
  }
}

function toWireTool({ name, description, parameters }: ToolSpec): OpenAI.ChatCompletionTool {
  return { type: 'function', function: { name, description, parameters: { ...parameters } } };
}
