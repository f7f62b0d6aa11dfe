import type { LlmRequest } from './fake-llm.js';
import { kindsOf, textOf, type StreamedEvent } from './chat-stream.js';
import type { Person, RunningHouse } from './house.js';

/** Steps, and calls of a model within one, that a turn in a test makes at most. */
const MOST = 10;

/** One turn from all sides. */
export type ObservedTurn = {
  readonly events: readonly StreamedEvent[];
  /** Names of the events, neighbours of a kind as one. */
  readonly sees: readonly string[];
  /** Of the run; null unless it failed. */
  readonly error: { readonly code: string; readonly isRetryable: boolean; readonly retryAfterMs: number | null } | null;
  /** What is kept of the answer. */
  readonly stored: { readonly status: string; readonly text: string };
  /** Every call that is in the books, in order: its outcome, its output tokens, and whether these were counted here. */
  readonly billed: readonly (readonly [outcome: string, outputTokens: number, isEstimated: boolean])[];
  /** What the service was asked. */
  readonly requests: readonly LlmRequest[];
};

export async function observeTurn(house: RunningHouse, person: Person, modelId: string): Promise<ObservedTurn> {
  const conversationId = await person.createConversation({ modelId });
  const before = house.llm.requests.length;
  const events = await person.turn(conversationId, 'go');
  const runId = String(events[0]?.['runId']);
  const { node, conversation } = await person.get<{
    node: Pick<ObservedTurn, 'error'>;
    conversation: { messages: { nodes: ObservedTurn['stored'][] } };
  }>(
    `query ($runId: ID!, $id: ID!) {
      node(id: $runId) { ... on Run { error { code isRetryable retryAfterMs } } }
      conversation(id: $id) { messages { nodes { status text } } }
    }`,
    { runId, id: conversationId },
  );
  const stored = conversation.messages.nodes.at(-1)!;
  if (!stored.text.endsWith(textOf(sinceReset(events)))) throw new Error('What is stored is not what was streamed.');
  return {
    events,
    sees: kindsOf(events),
    error: node.error,
    stored,
    billed: await booksOf(house, runId),
    requests: house.llm.requests.slice(before),
  };
}

const sinceReset = (events: readonly StreamedEvent[]) =>
  events.slice(events.findLastIndex(({ __typename }) => __typename === 'StepReset') + 1);

async function booksOf({ needs }: RunningHouse, runId: string): Promise<ObservedTurn['billed']> {
  const places = Array.from({ length: MOST * MOST }, (_, at) => `${Math.floor(at / MOST)}-${(at % MOST) + 1}`);
  const ids = places.map((place) => `${runId}-${place}`);
  const records = await needs.usage.findMany(ids);
  return records
    .toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
    .map(({ outcome, usage }) => [outcome, usage.outputTokens, usage.isEstimated]);
}
