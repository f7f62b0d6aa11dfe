import { GraphQLSchema } from 'graphql';
import type { NonEmptyArray } from 'type-graphql';
import { onTestFinished } from 'vitest';
import { newId } from '../../src/base/ids.js';
import { silentLog, type Log } from '../../src/base/log.js';
import type { Needs } from '../../src/domain/needs.js';
import { storedSessionId } from '../../src/domain/users/sessions.js';
import type { Session } from '../../src/domain/users/session-store.js';
import type { Role, User } from '../../src/domain/users/user.js';
import type { House } from '../../src/api/context.js';
import { createReadiness, type Check } from '../../src/api/health/readiness.js';
import { createSchema } from '../../src/api/schema.js';
import { createServer, type ServerOptions } from '../../src/api/server.js';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';

type SmallOptions = Partial<Omit<ServerOptions, 'house' | 'schema'>> & {
  readonly resolvers: Readonly<NonEmptyArray<Function>> | GraphQLSchema;
  readonly log?: Log;
  readonly checks?: Readonly<Record<string, Check>>;
};

/** The transport alone, with accounts in memory, whose tokens are their session ids, and the resolvers that a test brings. It lives until the test ends. */
export async function smallServer({ resolvers, log = silentLog, checks = {}, ...options }: SmallOptions) {
  const accounts = smallAccounts(log);
  const house = { needs: accounts.needs, readiness: createReadiness(checks, log) } as unknown as House;
  const schema = resolvers instanceof GraphQLSchema ? resolvers : await createSchema(resolvers);
  const server = await createServer({
    house,
    schema,
    isProduction: true,
    corsOrigins: [],
    trustedProxies: [],
    objects: null,
    ...options,
  });
  const { port } = await server.listen('127.0.0.1', 0);
  onTestFinished(() => server.close(0));
  const url = `http://127.0.0.1:${port}`;
  return {
    ...accounts,
    server,
    port,
    url,
    /** The status and the parsed answer of a query or mutation. */
    async ask(query: string, { token, variables }: { token?: string; variables?: object } = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.status, body: (await response.json()) as { data?: unknown; errors?: GraphqlErrors } };
    },
  };
}

export type GraphqlErrors = { message: string; path?: unknown; extensions: Record<string, unknown> }[];

function smallAccounts(log: Log) {
  const sessions = new Map<string, Session>();
  const users = new Map<string, User>();
  const bell = new MemoryBell();
  const needs: Partial<Needs> = {
    log,
    bell,
    clock: { now: () => new Date() },
    settings: { accounts: { registration: 'open', sessionIdleMs: 3_600_000 } } as Needs['settings'],
    tokens: {
      async verify(token) {
        const [userId = '', sessionId = ''] = token.split('.');
        return users.has(userId) ? { userId, sessionId } : null;
      },
      jwks: () => ({ keys: [] }),
    } as Partial<Needs['tokens']> as Needs['tokens'],
    sessions: {
      find: async (id) => sessions.get(id) ?? null,
      touch: async (id) => sessions.get(id) ?? null,
    } as Partial<Needs['sessions']> as Needs['sessions'],
    users: {
      find: async (id) => users.get(id) ?? null,
    } as Partial<Needs['users']> as Needs['users'],
  };
  return {
    needs: needs as Needs,
    /** Returns a token. */
    signIn(role: Role = 'DEVELOPER'): string {
      const user: User = { id: newId('usr'), userName: 'ada', role, createdAt: new Date(), lastLoginAt: null };
      const sessionId = newId('ses');
      const until = new Date(Date.now() + 3_600_000);
      const id = storedSessionId(sessionId);
      users.set(user.id, user);
      sessions.set(id, { id, userId: user.id, createdAt: new Date(), idleUntil: until, absoluteUntil: until });
      return `${user.id}.${sessionId}`;
    },
    signOut(token: string): void {
      const id = storedSessionId(token.split('.')[1] ?? '');
      sessions.delete(id);
      bell.ring(`session:${id}`);
    },
    setRole(token: string, role: Role): void {
      const [userId = '', sessionId = ''] = token.split('.');
      users.set(userId, { ...users.get(userId)!, role });
      bell.ring(`session:${storedSessionId(sessionId)}`);
    },
  };
}
