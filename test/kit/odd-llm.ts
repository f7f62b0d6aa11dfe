import { fail, type Reply } from './fake-llm.js';

/** What services do that take tools in another way than most, or not at all. */

/** As vLLM does with some models: an error that speaks of tools, before anything is said. */
export const refusing =
  (word: 'tools' | 'functions', otherwise: Reply, status = 500): Reply =>
  (response, request) =>
    request.body[word]
      ? fail(status, { body: { error: { message: `"${word}" is not supported` } } })(response, request)
      : otherwise(response, request);

/** Calls a tool as services did before there were `tools`. */
export const callFunction =
  (name: string, args: unknown): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (delta: object, finish_reason: string | null) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    response.end(
      `${chunk({ function_call: { name, arguments: JSON.stringify(args) } }, null)}${chunk({}, 'function_call')}data: [DONE]\n\n`,
    );
  };
