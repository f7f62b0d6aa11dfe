import type { OpenAI } from 'openai';
import type { ModelMessage, ModelRequest, ToolSpec } from '../../domain/models/language-model.js';
import type { Dialect } from './dialect.js';

type Params = OpenAI.ChatCompletionCreateParamsStreaming;
type WireMessage = OpenAI.ChatCompletionMessageParam;
type UserContent = OpenAI.ChatCompletionUserMessageParam['content'];

/** What we ask, as `POST /chat/completions` takes it. */
export function toParams(modelName: string, request: ModelRequest, dialect: Dialect): Params {
  const { temperature, maxOutputTokens } = request;
  const told = dialect.hasSystemRole ? request : { ...request, messages: withSystemInUser(request.messages) };
  return {
    model: modelName,
    ...(told.toolFormat === 'FUNCTIONS' ? asFunctions(told) : asTools(told, dialect)),
    ...(temperature !== null && dialect.hasTemperature && { temperature }),
    ...(maxOutputTokens !== null && { [dialect.limitField]: maxOutputTokens }),
    stream: true,
    ...(dialect.hasStreamOptions && { stream_options: { include_usage: true } }),
  };
}

/** What the system message says comes before what the user says first. */
function withSystemInUser([first, ...rest]: readonly ModelMessage[]): readonly ModelMessage[] {
  if (first?.role !== 'system') return first ? [first, ...rest] : [];
  const [next, ...others] = rest;
  if (next?.role === 'user') return [{ ...next, text: `${first.text}\n\n${next.text}` }, ...others];
  return [{ role: 'user', text: first.text }, ...rest];
}

function asTools({ messages, tools }: ModelRequest, { hasReasoning }: Dialect): Pick<Params, 'messages' | 'tools'> {
  const told = messages.map((message) =>
    message.role === 'assistant' && hasReasoning
      ? { ...toWireMessage(message), reasoning_content: message.reasoning ?? '' }
      : toWireMessage(message),
  );
  return { messages: told, ...(tools.length > 0 && { tools: tools.map(toWireTool) }) };
}

/** As the API was before `tools`: one call a message, answered by the name of the function, without ids. */
function asFunctions({ messages, tools }: ModelRequest): Pick<Params, 'messages' | 'functions'> {
  const results = new Map(
    messages.flatMap((message) => (message.role === 'tool' ? [[message.callId, message] as const] : [])),
  );
  const told = messages.flatMap((message): WireMessage[] => {
    if (message.role === 'tool') return [];
    if (message.role !== 'assistant' || message.toolCalls.length === 0) return [toWireMessage(message)];
    return message.toolCalls.flatMap(({ id, name, argumentsText }, index): WireMessage[] => [
      {
        role: 'assistant',
        content: index === 0 ? message.text : '',
        function_call: { name, arguments: argumentsText },
      },
      { role: 'function', name, content: results.get(id)?.text ?? '' },
    ]);
  });
  return { messages: told, ...(tools.length > 0 && { functions: tools.map((tool) => toWireTool(tool).function) }) };
}

function toWireMessage(message: ModelMessage): WireMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text };
    case 'user':
      return { role: 'user', content: toContent(message) };
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

/** A plain text where there is nothing else: not every service takes parts. */
function toContent({ text, images = [] }: Extract<ModelMessage, { role: 'user' }>): UserContent {
  if (images.length === 0) return text;
  const seen = images.map((image) => ({
    type: 'image_url' as const,
    image_url: { url: 'url' in image ? image.url : `data:${image.mediaType};base64,${image.base64}` },
  }));
  return text === '' ? seen : [{ type: 'text', text }, ...seen];
}

function toWireTool({ name, description, parameters }: ToolSpec): OpenAI.ChatCompletionFunctionTool {
  return { type: 'function', function: { name, description, parameters: { ...parameters } } };
}
