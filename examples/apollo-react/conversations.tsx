import { useMutation, useQuery } from '@apollo/client/react';
import {
  ConversationsDocument,
  CreateConversationDocument,
  type ConversationsQuery,
  type ConversationsQueryVariables,
  type CreateConversationMutation,
  type CreateConversationMutationVariables,
} from '../../src/sdk/generated.js';

/** The newest 50. Which is open stands in the address, so that a refresh keeps the place. */
export function Conversations({ openId }: { openId: string }) {
  const list = useQuery<ConversationsQuery, ConversationsQueryVariables>(ConversationsDocument, {
    variables: { first: 50 },
  });
  const [create, creation] = useMutation<CreateConversationMutation, CreateConversationMutationVariables>(
    CreateConversationDocument,
    {
      refetchQueries: [ConversationsDocument],
      onCompleted: ({ createConversation }) => location.assign(`#${createConversation.id}`),
      // Shown below.
      onError() {},
    },
  );
  const error = list.error ?? creation.error;

  /** A key for each click: however often the request has to be sent, one conversation comes of it. */
  const createOne = () =>
    void create({ variables: { input: {} }, context: { headers: { 'Idempotency-Key': crypto.randomUUID() } } });

  return (
    <nav aria-label="Conversations">
      <button onClick={createOne} disabled={creation.loading}>
        New conversation
      </button>
      {error && <p role="alert">{error.message}</p>}
      <ul>
        {list.data?.conversations.nodes.map(({ id, title }) => (
          <li key={id}>
            <a href={`#${id}`} aria-current={id === openId ? 'page' : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
