import { useState } from 'react';

export type Session = { readonly token: string; readonly userName: string };

const KEY = 'tomato-session';

/** Who is signed in in this tab; it outlives a refresh. Null signs out. */
export function useSession(): [Session | null, (session: Session | null) => void] {
  const [session, setSession] = useState(readSession);
  function keepSession(next: Session | null): void {
    if (next === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(next));
    setSession(next);
  }
  return [session, keepSession];
}

function readSession(): Session | null {
  return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Session | null;
}
