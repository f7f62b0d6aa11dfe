import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { useEffect, useReducer } from 'react';
import {
  CancelRunDocument,
  ChatStreamDocument,
  ConversationDocument,
  type CancelRunMutation,
  type CancelRunMutationVariables,
  type ChatStreamSubscription,
  type ChatStreamSubscriptionVariables,
  type ConversationQuery,
  type ConversationQueryVariables,
} from '../../src/sdk/generated.js';
import { idle, withAction } from './chat-state.js';

/** A conversation as it is stored, and the turn that goes on in it: of a message sent here, or of a run found under way, as after a refresh. */
export function useChat(conversationId: string) {
  const [state, dispatch] = useReducer(withAction, idle);
  const { sent, turn, lastEnd, isOver, error } = state;
  const fail = ({ message }: { message: string }) => dispatch({ type: 'failed', error: message });

  const {
    data,
    error: unread,
    refetch,
  } = useQuery<ConversationQuery, ConversationQueryVariables>(ConversationDocument, {
    variables: { id: conversationId, last: 100 },
    fetchPolicy: 'cache-and-network',
  });
  const activeRun = data?.conversation.activeRun ?? null;
  const followed = sent ? { message: sent } : activeRun && { runId: activeRun.id };

  // Not its `data`: React shows the newest of several results that come together, and the text of the others would be lost. `onData` is called for each.
  useSubscription<ChatStreamSubscription, ChatStreamSubscriptionVariables>(ChatStreamDocument, {
    variables: followed ?? {},
    skip: followed === null || isOver || error !== null,
    ignoreResults: true,
    fetchPolicy: 'no-cache',
    onData: ({ data: { data } }) => data && dispatch({ type: 'event', event: data.chatStream }),
    onComplete: () => dispatch({ type: 'completed' }),
    onError: fail,
  });

  useEffect(() => {
    if (isOver) refetch().then(() => dispatch({ type: 'refetched' }), fail);
  }, [isOver, refetch]);

  const [cancel] = useMutation<CancelRunMutation, CancelRunMutationVariables>(CancelRunDocument, {
    // The run goes on then, and so does its button.
    onError: ({ message }) => console.warn(message),
  });
  const { runId } = turn;

  return {
    sent,
    turn,
    end: turn.end ?? lastEnd,
    error: error ?? unread?.message ?? null,
    messages: data?.conversation.messages.nodes ?? [],
    isAnswering: followed !== null && error === null,
    send: (text: string) =>
      dispatch({ type: 'sent', message: { conversationId, text, clientMessageId: crypto.randomUUID() } }),
    /** Null until there is a run to stop. */
    stop:
      runId === null || isOver
        ? null
        : () => void cancel({ variables: { runId }, context: { headers: { 'Idempotency-Key': crypto.randomUUID() } } }),
    retry() {
      dispatch({ type: 'retried' });
      refetch().catch(fail);
    },
  };
}
