import type { RunEvent } from './chat.js';
import type { MessageFieldsFragment } from './generated.js';

type Part = MessageFieldsFragment['parts'][number];
type ToolCall = Extract<Part, { __typename: 'ToolCallPart' }>;
export type Ended = Extract<RunEvent, { __typename: 'RunCompleted' | 'RunFailed' | 'RunCancelled' | 'RunInterrupted' }>;

/** What is to be shown of a turn while its answer is written. */
export type Turn = {
  /** Null until the first event: what `cancelRun` asks for. */
  readonly runId: string | null;
  /** Null until RunStarted, or where a reader came later than that. */
  readonly userMessage: MessageFieldsFragment | null;
  /** The answer so far: what its message holds once it is stored. */
  readonly parts: readonly Part[];
  /** How it ended; null while it goes on. */
  readonly end: Ended | null;
  /** Number of the last event that is in it: the `after` to go on from. */
  readonly seq: number;
  /** How many of the parts are of earlier steps. */
  readonly settled: number;
};

export const emptyTurn: Turn = { runId: null, userMessage: null, parts: [], end: null, seq: 0, settled: 0 };

/**
 * A turn with one more event of its run: a reducer, for React's `useReducer` and its like. An event that is in it already changes nothing, so that a run may be
 * followed from its beginning again, as clients do that repeat a subscription by themselves.
 */
export function withEvent(turn: Turn, event: RunEvent): Turn {
  if (event.seq <= turn.seq) return turn;
  return { ...turn, ...changeBy(turn, event), runId: event.runId, seq: event.seq };
}

function changeBy({ parts, settled }: Turn, event: RunEvent): Partial<Turn> {
  switch (event.__typename) {
    case 'RunStarted':
      return { userMessage: event.userMessage };
    case 'StepStarted':
      return { settled: parts.length };
    case 'StepReset':
      return { parts: parts.slice(0, settled) };
    case 'TextDelta':
      return { parts: withText(parts, settled, 'TextPart', event.text) };
    case 'ReasoningDelta':
      return { parts: withText(parts, settled, 'ReasoningPart', event.text) };
    case 'ToolCallStarted':
      return { parts: [...parts, startedCall(event)] };
    case 'ToolCallFinished':
      return { parts: parts.map((part) => finishedCall(part, event)) };
    case 'RunSnapshot':
      return { parts: event.message.parts, settled: earlierSteps(event.message.parts) };
    case 'RunCompleted':
    case 'RunFailed':
    case 'RunCancelled':
    case 'RunInterrupted':
      return { parts: event.message.parts, end: event };
    case 'HistorySummarized':
    case 'ModelChanged':
    case 'ToolModeChanged':
      return {};
  }
}

/** Goes on with what the step writes already, or begins a part. */
function withText(
  parts: readonly Part[],
  settled: number,
  __typename: 'TextPart' | 'ReasoningPart',
  text: string,
): readonly Part[] {
  const last = parts.length > settled ? parts.at(-1) : undefined;
  if (last?.__typename !== __typename) return [...parts, { __typename, text }];
  return [...parts.slice(0, -1), { __typename, text: last.text + text }];
}

type CallStarted = Extract<RunEvent, { __typename: 'ToolCallStarted' }>;
type CallFinished = Extract<RunEvent, { __typename: 'ToolCallFinished' }>;

function startedCall({ callId, name, arguments: given }: CallStarted): ToolCall {
  return {
    __typename: 'ToolCallPart',
    callId,
    name,
    arguments: given,
    status: 'RUNNING',
    output: null,
    isTruncated: false,
    durationMs: null,
  };
}

function finishedCall(part: Part, { callId, status, output, isTruncated, durationMs }: CallFinished): Part {
  if (part.__typename !== 'ToolCallPart' || part.callId !== callId) return part;
  return { ...part, status, output, isTruncated, durationMs };
}

/** Of parts whose events were not seen: a step ends with its tool calls. */
function earlierSteps(parts: readonly Part[]): number {
  return parts.findLastIndex(({ __typename }) => __typename === 'ToolCallPart') + 1;
}
