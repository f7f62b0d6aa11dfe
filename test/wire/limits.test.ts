import { createClient as createSseClient } from 'graphql-sse';
import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { openSignedIn, subscribeMessage } from '../kit/raw-socket.js';
import { SmallResolver } from '../kit/small-resolvers.js';
import { smallServer, type GraphqlErrors } from '../kit/small-server.js';

const nested = (depth: number) => `{ ${'nest { '.repeat(depth - 1)}leaf${' }'.repeat(depth - 1)} }`;
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** For each limit a document that just keeps it, and one that does not. */
const LIMITS: [limit: string, kept: string, broken: string][] = [
  ['depth', nested(10), nested(11)],
  [
    'depth through fragments',
    `{ nest { ...F } } fragment F on Nest ${nested(9)}`,
    `{ nest { ...F } } fragment F on Nest ${nested(10)}`,
  ],
  ['aliases', `{ ${times(15, (i) => `a${i}: yes`)} }`, `{ ${times(16, (i) => `a${i}: yes`)} }`],
  ['directives', `{ ${times(8, () => 'yes @include(if: true)')} }`, `{ ${times(9, () => 'yes @include(if: true)')} }`],
  ['fields', `{ ${times(400, () => 'yes')} }`, `{ ${times(401, () => 'yes')} }`],
  [
    'fields through fragments',
    '{ nest { ...A } } fragment A on Nest { leaf }',
    `{ nest { ...F0 } } ${times(10, (i) => `fragment F${i} on Nest { ...F${i + 1} nest { ...F${i + 1} } }`)} fragment F10 on Nest { leaf }`,
  ],
  ['tokens', `{ ${times(300, () => 'yes')} }`, `{ ${times(999, () => 'yes')} }`],
  [
    'definitions',
    `{ ...F0 } ${times(18, (i) => `fragment F${i} on Query { ...F${i + 1} }`)} fragment F18 on Query { yes }`,
    `{ ...F0 } ${times(19, (i) => `fragment F${i} on Query { ...F${i + 1} }`)} fragment F19 on Query { yes }`,
  ],
];

/** Asks over each transport, and returns the errors of each. */
async function askEverywhere(query: string, isProduction = true): Promise<GraphqlErrors[]> {
  const { url, signIn, ask } = await smallServer({ resolvers: [SmallResolver], isProduction });
  const token = signIn();
  const http = (await ask(query, { token })).body.errors ?? [];

  const socket = await openSignedIn(url, token);
  socket.send(subscribeMessage('1', query));
  const message = (await socket.next()) as { type: string; payload: GraphqlErrors & { errors?: GraphqlErrors } };
  const overSocket = message.type === 'error' ? message.payload : (message.payload.errors ?? []);

  const sse = createSseClient({ url: `${url}/graphql/stream` }).iterate({ query });
  const { value } = (await sse.next()) as { value: { errors?: GraphqlErrors } };
  return [http, overSocket, value.errors ?? []];
}

describe.each(LIMITS)('the limit of %s', (_, kept, broken) => {
  it('lets through what keeps it, over each transport', async () => {
    expect(await askEverywhere(kept)).toEqual([[], [], []]);
  });

  it('refuses what breaks it as QUERY_TOO_COMPLEX, over each transport', async () => {
    const answers = await askEverywhere(broken);

    expect(answers.map((errors) => errors.map(({ extensions }) => extensions['code']))).toEqual(
      Array(3).fill(expect.arrayContaining(['QUERY_TOO_COMPLEX'])),
    );
  });
});

it.each([
  ['an operation', (directives: string) => `query ${directives} { yes }`],
  ['its variables', (directives: string) => `query ($a: Int ${directives}) { yes }`],
  ['a fragment', (directives: string) => `{ ...F } fragment F on Query ${directives} { yes }`],
  ['where it is spread', (directives: string) => `{ ...F ${directives} } fragment F on Query { yes }`],
])('counts the directives of %s too', async (_, write) => {
  const { ask } = await smallServer({ resolvers: [SmallResolver] });

  const { body } = await ask(write(times(9, () => '@include(if: true)')));

  const codes = body.errors?.map(({ extensions }) => extensions['code']);
  expect(codes).toContain('QUERY_TOO_COMPLEX');
});

it('answers 400 to a document that is too complex', async () => {
  const { ask } = await smallServer({ resolvers: [SmallResolver] });

  expect((await ask(nested(11))).status).toBe(400);
});

describe('in production', () => {
  it.each([
    '{ __schema { types { name } } }',
    '{ __type(name: "Nest") { name } }',
    '{ __type(name: "x") { fields { name } } }',
  ])('nobody learns the schema by %s', async (query) => {
    const answers = await askEverywhere(query);

    expect(answers.map(([error]) => error?.message)).toEqual(Array(3).fill('Introspection is off on this server.'));
  });

  it('nobody learns names by mistaking them', async () => {
    const answers = await askEverywhere('{ yess }');

    expect(answers.map(([error]) => error?.message)).toEqual(
      Array(3).fill('Cannot query field "yess" on type "Query".'),
    );
  });
});

describe('in development', () => {
  it('GraphiQL learns the schema', async () => {
    expect(
      await askEverywhere(getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true }), false),
    ).toEqual([[], [], []]);
  });

  it('mistakes are met with suggestions', async () => {
    const [[error] = []] = await askEverywhere('{ yess }', false);

    expect(error?.message).toContain('Did you mean "yes"');
  });
});

it.each([
  ['mistakes in the document', `{ ${times(399, (i) => `no${i}`)} }`],
  ['long names', `{ ${times(10, (i) => `no${i}${'x'.repeat(20_000)}`)} }`],
  ['failures while it is answered', '{ bugs(count: 500) { leaf } }'],
])('answers %s with at most 100 errors and 100 KiB', async (_, query) => {
  const answers = await askEverywhere(query);

  for (const errors of answers) {
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(errors).length).toBeLessThan(100 * 1024);
  }
});

it('lets nobody hold up others by values that take long to quote', async () => {
  const { ask } = await smallServer({ resolvers: [SmallResolver], isProduction: true });
  const startedAt = performance.now();

  const { body } = await ask('query ($name: Int!) { yes }', { variables: { name: 'Did you mean '.repeat(19_000) } });

  expect(body.errors?.[0]?.message.length).toBeLessThan(510);
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});

it('lets nobody hold up others by a subscription in which a few fragments stand for a million', async () => {
  const { ask } = await smallServer({ resolvers: [SmallResolver] });
  const spread = (index: number) => times(3, () => `...F${index}`);
  const fragments = times(13, (i) => `fragment F${i} on Subscription { ${spread(i + 1)} }`);
  const startedAt = performance.now();

  const { body } = await ask(`subscription { ${spread(0)} } ${fragments} fragment F13 on Subscription { quiet }`);

  expect(body.errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COMPLEX');
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});

it('lets nobody hold up others by documents that take long to check', async () => {
  const { url, signIn, ask } = await smallServer({ resolvers: [SmallResolver] });
  const attacker = await openSignedIn(url, signIn());
  const costly = (index: number) => `query Q${index} { ${times(199, () => 'nest { leaf }')} }`;
  for (let index = 0; index < 100; index++) attacker.send(subscribeMessage(`${index}`, costly(index)));
  await attacker.next();
  const startedAt = performance.now();

  await ask('{ yes }');

  expect(performance.now() - startedAt).toBeLessThan(1_500);
});
