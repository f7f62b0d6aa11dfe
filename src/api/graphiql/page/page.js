// Runs in the browser as it stands here.
import { createClient } from './client.js';

const { React, ReactDOM, GraphiQL } = window;
const TOKEN_KEY = 'tomato-token';

const tokenField = document.getElementById('token');
const status = document.getElementById('status');
const signIn = document.getElementById('sign-in');
const signOut = document.getElementById('sign-out');

const FIRST_DOCUMENT = `# Sign in above, then run one of these.

query Me {
  me {
    userName
    role
  }
}

mutation NewConversation {
  createConversation(input: {}) {
    id
    title
  }
}

# Put in the id that you got, and watch an agent at work.
subscription Chat {
  chatStream(
    message: {
      conversationId: "conv_…"
      text: "What time is it in Seoul?"
      clientMessageId: "first"
    }
  ) {
    seq
    __typename
    ... on TextDelta {
      text
    }
    ... on ToolCallStarted {
      name
      arguments
    }
    ... on RunCompleted {
      message {
        text
      }
    }
  }
}
`;

/** Subscriptions go over one socket, which says who it is when it opens: another token needs another socket. */
let socket = openSocket();

function openSocket() {
  const url = new URL('/graphql', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return createClient({
    url: url.href,
    connectionParams: () => ({ authorization: authorization() }),
    retryAttempts: 0,
  });
}

function authorization() {
  const token = tokenField.value.trim();
  return token ? `Bearer ${token}` : undefined;
}

async function* subscribe(request) {
  try {
    yield* socket.iterate(request);
  } catch (failure) {
    throw failure instanceof CloseEvent
      ? new Error(`The socket was closed: ${failure.code} ${failure.reason}`)
      : failure;
  }
}

async function post(request, headers) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      ...(authorization() && { authorization: authorization() }),
      ...headers,
    },
    body: JSON.stringify(request),
  });
  return response.json();
}

function fetcher(request, { documentAST, headers } = {}) {
  const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? [];
  const chosen = operations.find(({ name }) => !request.operationName || name?.value === request.operationName);
  return chosen?.operation === 'subscription' ? subscribe(request) : post(request, headers);
}

async function useToken(token) {
  tokenField.value = token;
  sessionStorage.setItem(TOKEN_KEY, token);
  void socket.dispose();
  socket = openSocket();
  await showViewer();
}

async function showViewer() {
  const { data, errors } = authorization() ? await post({ query: '{ me { userName role } }' }) : {};
  signIn.hidden = Boolean(data?.me);
  signOut.hidden = !data?.me;
  if (data?.me) tell(`${data.me.userName} · ${data.me.role}`);
  else if (errors) fail(errors);
  else tell('');
}

function tell(text) {
  status.textContent = text;
  status.classList.remove('failed');
}

function fail([error]) {
  status.textContent = error.message;
  status.classList.add('failed');
}

async function enter(isNew) {
  const { userName, password } = Object.fromEntries(new FormData(signIn));
  const query = isNew
    ? 'mutation ($input: RegisterInput!) { signedIn: register(input: $input) { token } }'
    : 'mutation ($input: LoginInput!) { signedIn: login(input: $input) { token } }';
  const { data, errors } = await post({ query, variables: { input: { userName, password } } });
  if (!data?.signedIn) return fail(errors);
  signIn.reset();
  await useToken(data.signedIn.token);
}

async function leave() {
  await post({ query: 'mutation { logout }' });
  await useToken('');
}

signIn.addEventListener('submit', (event) => {
  event.preventDefault();
  void enter(event.submitter?.name === 'register');
});
signOut.addEventListener('click', () => void leave());
tokenField.addEventListener('change', () => void useToken(tokenField.value.trim()));

tokenField.value = sessionStorage.getItem(TOKEN_KEY) ?? '';
void showViewer();
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: FIRST_DOCUMENT, shouldPersistHeaders: false }),
);
