import { ApolloProvider, useMutation } from '@apollo/client/react';
import { useMemo, useSyncExternalStore } from 'react';
import { LogoutDocument, type LogoutMutation } from '../../src/sdk/generated.js';
import { Chat } from './chat.js';
import { connect } from './connect.js';
import { Conversations } from './conversations.js';
import { useSession } from './session.js';
import { SignIn } from './sign-in.js';

/** One Apollo client a session, so that nobody sees what another user's cache holds. */
export function App() {
  const [session, setSession] = useSession();
  const token = session?.token ?? null;
  // A client may hear late that its session has ended: somebody else may be signed in by then.
  const client = useMemo(
    () => connect(token, () => setSession((now) => (now?.token === token ? null : now))),
    [token, setSession],
  );

  return (
    <ApolloProvider client={client}>
      {session === null ? (
        <SignIn onSignedIn={setSession} />
      ) : (
        <Desk userName={session.userName} onSignedOut={() => setSession(null)} />
      )}
    </ApolloProvider>
  );
}

function Desk({ userName, onSignedOut }: { userName: string; onSignedOut: () => void }) {
  const conversationId = useSyncExternalStore(watchHash, () => location.hash.slice(1));
  function leave(): void {
    location.assign('#');
    onSignedOut();
  }
  // Whatever comes of it: who wants to leave leaves.
  const [logOut] = useMutation<LogoutMutation>(LogoutDocument, { onCompleted: leave, onError: leave });

  return (
    <>
      <header>
        <span>{userName}</span>
        <button onClick={() => void logOut()}>Sign out</button>
      </header>
      <div className="columns">
        <Conversations openId={conversationId} />
        <main>{conversationId === '' ? null : <Chat key={conversationId} conversationId={conversationId} />}</main>
      </div>
    </>
  );
}

function watchHash(onChange: () => void): () => void {
  addEventListener('hashchange', onChange);
  return () => removeEventListener('hashchange', onChange);
}
