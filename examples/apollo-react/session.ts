import { useEffect, useState, type Dispatch, type SetStateAction } from 'react';

export type Session = { readonly token: string; readonly userName: string };

const KEY = 'tomato-session';

/** Who is signed in in this tab; it outlives a refresh. Null signs out. */
export function useSession(): [Session | null, Dispatch<SetStateAction<Session | null>>] {
  const [session, setSession] = useState(readSession);
  useEffect(() => {
    if (session === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(session));
  }, [session]);
  return [session, setSession];
}

function readSession(): Session | null {
  return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Session | null;
}
