import type { GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../src/base/log.js';
import { createSchema } from '../../src/api/schema.js';
import { type Answer, openHouse, PASSWORD, type Person, type RunningHouse } from '../kit/house.js';
import { sampleOperation } from '../kit/sample-operation.js';

const AUTH_PAYLOAD = '{ token expiresAt user { id userName role createdAt lastLoginAt } }';
const REGISTER = `mutation ($input: RegisterInput!) { register(input: $input) ${AUTH_PAYLOAD} }`;
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) ${AUTH_PAYLOAD} }`;

type AuthPayload = {
  readonly token: string;
  readonly expiresAt: string;
  readonly user: { readonly id: string; readonly [field: string]: unknown };
};

type UserPage = {
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
};

let house: RunningHouse;
let owner: Person;
beforeAll(async () => {
  house = await openHouse();
  owner = await house.join('owner');
});
afterAll(() => house.close());

describe('a person', () => {
  it('registers, signs in, and is who they say', async () => {
    const startedAt = Date.now();
    const registered = await signInBy(REGISTER, { userName: ' Ada ', password: PASSWORD });
    const signedIn = await signInBy(LOGIN, { userName: 'ADA', password: PASSWORD });

    const { data } = await house.ask('{ me { id userName role createdAt lastLoginAt } }', {}, signedIn.token);

    expect(registered.user).toMatchObject({ userName: 'ada', role: 'DEVELOPER' });
    expect(data).toEqual({ me: signedIn.user });
    expect(signedIn.user['lastLoginAt']).not.toBeNull();
    const idleMs = Date.parse(registered.expiresAt) - startedAt;
    expect(idleMs).toBeGreaterThanOrEqual(3_600_000);
    expect(idleMs).toBeLessThan(3_605_000);
  });

  it('finds a name taken, a password too short and a wrong password each by its code and field', async () => {
    await house.join('taken');

    const answers = [
      await house.ask(REGISTER, { input: { userName: 'Taken', password: PASSWORD } }),
      await house.ask(REGISTER, { input: { userName: 'somebody', password: 'short' } }),
      await house.ask(LOGIN, { input: { userName: 'taken', password: 'a wrong password' } }),
      await house.ask(LOGIN, { input: { userName: 'nobody', password: 'a wrong password' } }),
    ];

    const [, , wrongPassword, unknownName] = answers;
    expect(answers.map(({ errors }) => errors?.map(({ extensions }) => extensions))).toEqual([
      [{ code: 'CONFLICT', field: 'userName' }],
      [{ code: 'INVALID_INPUT', field: 'password' }],
      [{ code: 'UNAUTHENTICATED' }],
      [{ code: 'UNAUTHENTICATED' }],
    ]);
    expect(unknownName).toEqual(wrongPassword);
  });

  it('has each wrong password counted, however many come at once', async () => {
    await house.join('victim');
    const input = { userName: 'victim', password: 'a wrong password' };

    const answers = await Promise.all(Array.from({ length: 15 }, () => house.ask(LOGIN, { input })));

    const expected = Array.from({ length: 15 }, (_, i) => (i < 10 ? 'UNAUTHENTICATED' : 'RATE_LIMITED'));
    expect(answers.flatMap(codesOf).toSorted()).toEqual(expected.toSorted());
  });

  it('gets no second guess out of a request that asks many times', async () => {
    await house.join('another-victim');
    const guess = (password: string) =>
      `login(input: { userName: "another-victim", password: "${password}" }) { token }`;

    const answer = await house.ask(`mutation { a: ${guess('a wrong password')} b: ${guess(PASSWORD)} }`);

    expect(answer).toMatchObject({ data: null, errors: [{ path: ['a'], extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('cannot give themselves a role, nor send any other field that register does not have', async () => {
    const { errors } = await house.ask(REGISTER, { input: { userName: 'eve', password: PASSWORD, role: 'OWNER' } });

    expect(errors?.[0]?.extensions.code).toBe('INVALID_INPUT');
    expect(await house.needs.users.findCredentials('eve')).toBeNull();
  });

  it('is signed in by the Authorization header alone: not by the address, nor by the body', async () => {
    const { token } = await house.join();
    const body = {
      query: '{ me { id } }',
      token,
      authorization: `Bearer ${token}`,
      extensions: { authorization: token },
    };

    const response = await fetch(`${house.url}/graphql?token=${token}&authorization=Bearer%20${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: `token=${token}` },
      body: JSON.stringify(body),
    });

    expect(await response.text()).toContain('"UNAUTHENTICATED"');
  });

  it('shows when they last signed in to themselves and administrators only', async () => {
    const ada = await house.join();
    const query = '{ node(id: "ID") { ... on User { lastLoginAt } } }'.replace('ID', ada.id);

    expect(await ada.ask(query)).toEqual({ data: { node: { lastLoginAt: expect.any(String) } } });
    expect(await owner.ask(query)).toEqual({ data: { node: { lastLoginAt: expect.any(String) } } });
    expect(await (await house.join()).ask(query)).toEqual({ data: { node: null } });
  });
});

describe('administrators', () => {
  it('list everybody page by page; others may not', async () => {
    const developer = await house.join();
    const query =
      'query ($after: String) { users(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }';
    const seen: string[] = [];

    for (let after: string | null = null, isMore = true; isMore;) {
      const { data } = await owner.ask(query, { after });
      const { nodes, pageInfo } = (data as { users: UserPage }).users;
      seen.push(...nodes.map(({ id }) => id));
      after = pageInfo.endCursor;
      isMore = pageInfo.hasNextPage;
    }

    expect(seen).toEqual((await house.needs.users.list(100, null)).map(({ id }) => id));
    expect(codesOf(await developer.ask(query))).toEqual(['FORBIDDEN']);
  });

  it('give roles, and hand ownership over and back', async () => {
    const bob = await house.join();
    const setRole = 'mutation ($input: SetUserRoleInput!) { setUserRole(input: $input) { id role } }';
    const transfer = 'mutation ($userId: ID!) { transferOwnership(userId: $userId) { id role } }';
    const role = async () => ((await bob.ask('{ me { role } }')).data as { me: { role: string } }).me.role;

    expect(codesOf(await bob.ask(setRole, { input: { userId: bob.id, role: 'ADMIN' } }))).toEqual(['FORBIDDEN']);
    await owner.ask(setRole, { input: { userId: bob.id, role: 'ADMIN' } });
    expect(await role()).toBe('ADMIN');
    await owner.ask(transfer, { userId: bob.id });
    expect(await role()).toBe('OWNER');
    expect(await bob.ask(transfer, { userId: owner.id })).toEqual({
      data: { transferOwnership: { id: owner.id, role: 'OWNER' } },
    });
    expect(await role()).toBe('ADMIN');
  });
});

describe('the log', () => {
  it('holds no password and no token, whatever happens to them', async () => {
    const lines: string[] = [];
    const watched = await openHouse({ log: createLog('debug', { write: (line) => void lines.push(line) }) });
    const ada = await watched.join('ada');
    const input = { userName: 'ada', password: 'a wrong password' };

    await watched.ask(LOGIN, { input: { ...input, password: PASSWORD } });
    await watched.ask(LOGIN, { input });
    await watched.ask(REGISTER, { input });
    await ada.ask('mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }', {
      input: { currentPassword: PASSWORD, newPassword: 'another long phrase' },
    });
    await ada.ask('{ me { id } }');
    await watched.close();

    const log = lines.join('');
    expect(log).not.toBe('');
    for (const secret of [PASSWORD, input.password, 'another long phrase', ada.token]) {
      expect(log).not.toContain(secret);
    }
  });
});

describe('every operation', () => {
  const PUBLIC = ['health', 'login', 'register'];
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await createSchema();
  });

  it('but the public ones refuses who is not signed in, and who was', async () => {
    const left = await house.join();
    await left.ask('mutation { logout }');
    const answers: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};

    for (const { name, document } of operations('query', 'mutation')) {
      const tokens = [undefined, 'nonsense', left.token];
      const codes = await Promise.all(tokens.map(async (token) => codesOf(await house.ask(document, {}, token))));
      answers[name] = codes;
      expected[name] = [['UNAUTHENTICATED'], ['UNAUTHENTICATED'], ['SESSION_EXPIRED']];
    }

    expect(answers).toEqual(expected);
    expect(Object.keys(answers).length).toBeGreaterThan(10);
  });

  it('that lasts does so too', async () => {
    const left = await house.join();
    await left.ask('mutation { logout }');

    for (const { document } of operations('subscription')) {
      expect(await streamedBy(document, undefined)).toContain('"UNAUTHENTICATED"');
      expect(await streamedBy(document, left.token)).toContain('"SESSION_EXPIRED"');
    }
  });

  function operations(...kinds: readonly ('query' | 'mutation' | 'subscription')[]) {
    const roots = {
      query: schema.getQueryType(),
      mutation: schema.getMutationType(),
      subscription: schema.getSubscriptionType(),
    };
    return kinds.flatMap((kind) =>
      Object.values(roots[kind]?.getFields() ?? {})
        .filter(({ name }) => !PUBLIC.includes(name))
        .map((field) => ({ name: field.name, document: sampleOperation(kind, field) })),
    );
  }
});

async function signInBy(mutation: string, input: Record<string, unknown>): Promise<AuthPayload> {
  const { data, errors } = await house.ask(mutation, { input });
  expect(errors).toBeUndefined();
  return Object.values(data ?? {})[0] as AuthPayload;
}

async function streamedBy(query: string, token: string | undefined): Promise<string> {
  const response = await fetch(`${house.url}/graphql/stream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  return response.text();
}

function codesOf({ errors = [] }: Answer): string[] {
  return errors.map(({ extensions }) => extensions.code);
}
