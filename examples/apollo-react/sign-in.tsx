import { useMutation } from '@apollo/client/react';
import { useState, type FormEvent } from 'react';
import {
  LoginDocument,
  RegisterDocument,
  type LoginMutation,
  type LoginMutationVariables,
  type RegisterMutation,
  type RegisterMutationVariables,
} from '../../src/sdk/generated.js';
import type { Session } from './session.js';

export function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const [error, setError] = useState<string | null>(null);
  const enter = ({ token, user }: LoginMutation['login']) => onSignedIn({ token, userName: user.userName });
  const onError = ({ message }: { message: string }) => setError(message);
  const [logIn] = useMutation<LoginMutation, LoginMutationVariables>(LoginDocument, {
    onCompleted: ({ login }) => enter(login),
    onError,
  });
  const [register] = useMutation<RegisterMutation, RegisterMutationVariables>(RegisterDocument, {
    onCompleted: ({ register }) => enter(register),
    onError,
  });

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    const input = Object.fromEntries(new FormData(event.currentTarget)) as { userName: string; password: string };
    void (submitter?.id === 'register' ? register : logIn)({ variables: { input } });
  }

  return (
    <form className="account" onSubmit={submit}>
      <h1>Tomato</h1>
      <label htmlFor="userName">User name</label>
      <input id="userName" name="userName" autoComplete="username" required />
      <label htmlFor="password">Password</label>
      <input id="password" name="password" type="password" autoComplete="current-password" required />
      <button>Sign in</button>
      <button id="register">Create an account</button>
      {error !== null && <p role="alert">{error}</p>}
    </form>
  );
}
