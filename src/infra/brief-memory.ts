/** Milliseconds for which what was read is taken to be so still. */
const REMEMBER_MS = 1_000;

/** Answers that are held at most: who asks for many things that do not exist must not fill the memory. */
const MAX_REMEMBERED = 1_000;

/**
 * The same store, but what the named methods have read is remembered for a second, so that what every message asks for costs no round trip.
 * Any other method that is not a read forgets everything at once: within this process a change counts from the next read on, in others after a second.
 *
 * @param methods Reads that take one id. A failure is not remembered.
 */
export function withBriefMemory<Store extends object>(store: Store, methods: readonly (keyof Store & string)[]): Store {
  const remembered = new Map<string, { readonly value: Promise<unknown>; readonly until: number }>();

  const read =
    (name: string, ask: (id: string) => Promise<unknown>) =>
    (id: string): Promise<unknown> => {
      const key = `${name} ${id}`;
      const known = remembered.get(key);
      if (known && performance.now() < known.until) return known.value;
      const value = ask(id);
      const entry = { value, until: performance.now() + REMEMBER_MS };
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(key, entry);
      value.catch(() => remembered.get(key) === entry && remembered.delete(key));
      return value;
    };

  const change =
    (act: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      remembered.clear();
      try {
        return await act(...args);
      } finally {
        // What was read while the change was under way may be from before it.
        remembered.clear();
      }
    };

  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      const call = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
      if (methods.some((method) => method === name)) return read(name, call);
      return /^(?:find|list)/.test(name) ? call : change(call);
    },
  });
}
