import { z } from 'zod';
import type { ToolSpec } from '../models/language-model.js';
import { isLeftOut } from '../left-out.js';

/** What a tool may know of the run that called it. It acts with this user's rights, whoever built it. */
export type ToolContext = {
  readonly userId: string;
  readonly conversationId: string;
  readonly runId: string;
  readonly callId: string;
  /** Aborts when the run is cancelled or the tool's time is up. */
  readonly signal: AbortSignal;
};

export type ToolSource = 'BUILT_IN' | 'HTTP' | 'MCP' | 'CLIENT';

/** In which turns the agent has a tool: those whose message does not name other ones, those whose message names it, or none. */
export type Approval = 'ALLOW' | 'ASK' | 'DENY';

export type Tool = {
  /** As the model calls it: `[a-z][a-z0-9_]{0,63}`. */
  readonly name: string;
  /** As people call it. */
  readonly alias: string;
  /** What it does, for the model and for people. */
  readonly description: string;
  /** When the agent should use it, and what to answer with. Part of the system message. */
  readonly outputCondition: string;
  /** JSON Schema of its arguments. */
  readonly parameters: ToolSpec['parameters'];
  readonly source: ToolSource;
  readonly approval: Approval;
  /** Milliseconds after which a call counts as failed. */
  readonly timeoutMs: number;
  /** Whether a call may be made again without harm: then it need not be on record before it is made. */
  readonly isRepeatable: boolean;
  /** Why it cannot be used now, such as a missing key; null if it can. */
  readonly unavailableReason: string | null;
  /**
   * Checks `args` against the schema, then runs.
   *
   * @throws {ToolInputError} if they do not fit. Whatever it throws is shown to the model, and to who reads the run, by its message.
   */
  call(args: unknown, context: ToolContext): Promise<string>;
};

/** Arguments that do not fit the schema; the message tells the model what to mend. */
export class ToolInputError extends Error {}

export const DEFAULT_TOOL_TIMEOUT_MS = 30_000;

/** Defines a built-in tool by one schema and one verb: the schema is shown to the model, and checks what the model sends. */
export function defineTool<Schema extends z.ZodObject>(definition: {
  name: string;
  alias: string;
  description: string;
  outputCondition: string;
  parameters: Schema;
  run: (args: z.output<Schema>, context: ToolContext) => Promise<string> | string;
  /** @default 'ALLOW' */
  approval?: Approval;
  /** @default 30_000 */
  timeoutMs?: number;
  /** @default false */
  isRepeatable?: boolean;
  unavailableReason?: string | null;
}): Tool {
  const {
    parameters: schema,
    run,
    approval = 'ALLOW',
    timeoutMs = DEFAULT_TOOL_TIMEOUT_MS,
    isRepeatable = false,
    unavailableReason = null,
    ...words
  } = definition;
  return {
    ...words,
    parameters: z.toJSONSchema(schema, { io: 'input' }),
    source: 'BUILT_IN',
    approval,
    timeoutMs,
    isRepeatable,
    unavailableReason,
    async call(args, context) {
      const parsed = schema.safeParse(withoutNulls(schema, args));
      if (!parsed.success) throw new ToolInputError(`The arguments are not valid: ${z.prettifyError(parsed.error)}`);
      return run(parsed.data, context);
    },
  };
}

function withoutNulls(schema: z.ZodObject, args: unknown): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([name, value]) => !isLeftOut(schema, name, value)));
}
