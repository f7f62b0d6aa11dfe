/** What a subscription to `chatStream` brings, with the fields that {@link CHAT_STREAM} asks for. */
export type StreamedEvent = { readonly __typename: string; readonly seq: number; readonly [field: string]: unknown };

/** What a reader who draws a chat asks for. */
export const CHAT_STREAM = /* GraphQL */ `
  subscription ($message: SendMessageInput, $runId: ID, $after: Int) {
    chatStream(message: $message, runId: $runId, after: $after) {
      __typename
      runId
      seq
      ... on RunStarted {
        model
        toolNames
        userMessage {
          id
          text
        }
        answerId
      }
      ... on StepStarted {
        step
      }
      ... on TextDelta {
        text
      }
      ... on ReasoningDelta {
        reasoning: text
      }
      ... on ToolCallStarted {
        callId
        name
        arguments
      }
      ... on ToolCallFinished {
        callId
        status
        output
        isTruncated
      }
      ... on RunSnapshot {
        lastSeq
        message {
          text
          status
        }
      }
      ... on RunCompleted {
        stopReason
        message {
          id
          text
          status
        }
        usage {
          inputTokens
          outputTokens
          isEstimated
        }
      }
      ... on RunFailed {
        error {
          code
          isRetryable
          providerMessage
        }
        message {
          text
          status
        }
      }
      ... on RunCancelled {
        message {
          text
          status
        }
      }
      ... on RunInterrupted {
        message {
          text
          status
        }
      }
    }
  }
`;

/** All that the answer says in these events, one after another. */
export const textOf = (events: readonly StreamedEvent[]): string =>
  events.map((event) => (event.__typename === 'TextDelta' ? (event['text'] as string) : '')).join('');

/** The names of these events in order, neighbours of a kind as one. */
export const kindsOf = (events: readonly StreamedEvent[]): string[] =>
  events.map(({ __typename }) => __typename).filter((name, at, all) => name !== all[at - 1]);
